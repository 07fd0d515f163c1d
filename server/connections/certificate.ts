/**
 * A self-signed X.509 certificate (RFC 5280 §4.1) for remote sites that take one in place of a bare public key. It
 * holds just that: name, times, public key. Written by hand because the structure is fixed; node:crypto signs.
 */
import { type KeyObject, sign } from 'node:crypto';

export interface CertificateFacts {
  /** SubjectPublicKeyInfo, DER. */
  spki: Uint8Array;
  /** Common name of subject and issuer; cut at 64 characters. */
  name: string;
  /** 16 random bytes. */
  serial: Uint8Array;
  notBefore: number;
  notAfter: number;
}

/** PEM, signed with RSA-SHA256 by the private half of the key it certifies. */
export function writeCertificate(facts: CertificateFacts, privateKey: KeyObject): string {
  const name = sequence(der(0x31, sequence(commonName, der(0x0c, Buffer.from(cut(facts.name))))));
  const body = sequence(
    der(0xa0, integer(2)),
    der(0x02, positive(facts.serial)),
    sha256WithRsa,
    name,
    sequence(time(facts.notBefore), time(facts.notAfter)),
    name,
    facts.spki,
    der(0xa3, sequence(noAuthority, signsOnly)),
  );
  const signature = sign('sha256', body, privateKey);
  const certificate = sequence(body, sha256WithRsa, der(0x03, Buffer.concat([Buffer.of(0), signature])));
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

/** One value: tag, length, content (X.690 §8.1). */
function der(tag: number, ...contents: Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  const size = content.length;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

function sequence(...contents: Uint8Array[]): Buffer {
  return der(0x30, ...contents);
}

function integer(value: number): Buffer {
  return der(0x02, Buffer.of(value));
}

/** A number that is above 0 and has no byte too many, whatever the random bytes. */
function positive(bytes: Uint8Array): Buffer {
  const [first = 0] = bytes;
  return Buffer.from([(first & 0x3f) | 0x40, ...bytes.slice(1)]);
}

/** UTCTime up to 2049, GeneralizedTime after (RFC 5280 §4.1.2.5). */
function time(at: number): Buffer {
  const text = new Date(at).toISOString().replace(/\.\d+|[-:T]/g, '');
  return text < '2050' ? der(0x17, Buffer.from(text.slice(2))) : der(0x18, Buffer.from(text));
}

function cut(name: string): string {
  return Array.from(name).slice(0, 64).join('');
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'));
}

const commonName = oid('550403');
const sha256WithRsa = sequence(oid('2a864886f70d01010b'), der(0x05));
const isCritical = der(0x01, Buffer.of(0xff));
/** basicConstraints: not a certificate authority. */
const noAuthority = sequence(oid('551d13'), isCritical, der(0x04, sequence()));
/** keyUsage: digitalSignature. */
const signsOnly = sequence(oid('551d0f'), isCritical, der(0x04, der(0x03, Buffer.of(7, 0x80))));
