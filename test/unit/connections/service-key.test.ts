/** RSA keys of services: which signs, what may be pasted, and the certificate that goes with a public key. */
import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { writeCertificate } from '../../../server/connections/certificate.ts';
import {
  activeKeyOf,
  publicFactsOf,
  readPastedKey,
  type ServiceKey,
  stateOf,
} from '../../../server/connections/service-key.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = (type: 'pkcs1' | 'pkcs8') => privateKey.export({ type, format: 'pem' }).toString();

function row(id: string, activatedAt: number | null): ServiceKey {
  const texts = { fingerprint: '', publicKey: '', certificate: '', sealedPrivateKey: '' };
  return { id, serviceId: 's', slot: 1, bits: 2048, ...texts, isPasted: false, createdAt: 1, activatedAt };
}

test('of two keys the one activated last signs; the other is the next, or the old one', () => {
  const keys = [row('a', 10), row('b', null)];
  assert.equal(activeKeyOf(keys)?.id, 'a');
  assert.deepEqual(
    keys.map((key) => stateOf(key, keys)),
    ['active', 'next'],
  );
  const turned = [row('a', 10), row('b', 11)];
  assert.deepEqual(
    turned.map((key) => stateOf(key, turned)),
    ['old', 'active'],
  );
  assert.equal(activeKeyOf([row('a', null)]), undefined);
});

test('a private key is taken in both PEM forms, with text around it, and with spaces at its ends', () => {
  const around = `Bag Attributes\n  friendlyName: key\nKey Attributes: <No Attributes>\n${pem('pkcs8')}`;
  for (const text of [pem('pkcs1'), pem('pkcs8'), `\n  ${pem('pkcs8')}\n\n`, around]) {
    const reading = readPastedKey(text);
    assert.ok('key' in reading, text.slice(0, 40));
    assert.equal(publicFactsOf(reading.key).fingerprint, publicFactsOf(privateKey).fingerprint);
  }
});

test('what is no RSA private key of 2048 bits is refused by what it is, and without a part of it', () => {
  const short = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 });
  const write = (key: typeof privateKey) => key.export({ type: 'pkcs8', format: 'pem' }).toString();
  const encrypted = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'p' } as const;
  const encrypted1 = { ...encrypted, type: 'pkcs1' } as const;
  const cases: [string, RegExp][] = [
    ['', /Paste/],
    ['canary nonsense', /no private key in PEM form.*pkcs12/],
    ['x'.repeat(30_000), /no private key/],
    [write(short.privateKey), /fewer than 2048 bits/],
    [write(curve.privateKey), /no RSA key/],
    [write(pss.privateKey), /no RSA key/],
    [publicKey.export({ type: 'spki', format: 'pem' }).toString(), /public key/],
    [privateKey.export(encrypted).toString(), /passphrase/],
    [privateKey.export(encrypted1).toString(), /passphrase/],
    [pem('pkcs8').replace(/M/g, 'N'), /no private key/],
  ];
  for (const [text, sentence] of cases) {
    const reading = readPastedKey(text);
    assert.ok('fault' in reading, String(sentence));
    assert.match(reading.fault, sentence);
    for (const line of text.split('\n').filter((part) => part.length > 20 && !part.startsWith('-'))) {
      assert.equal(reading.fault.includes(line), false);
    }
  }
});

test('the facts of a key are those of its public half', () => {
  const { bits, fingerprint, publicKey: text } = publicFactsOf(privateKey);
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  assert.equal(bits, 2048);
  assert.equal(fingerprint, createHash('sha256').update(spki).digest('hex'));
  assert.match(text, /^-----BEGIN PUBLIC KEY-----/);
});

test('a certificate holds the public key, is signed by it, and is good from the first moment to the last', () => {
  const { spki } = publicFactsOf(privateKey);
  const notBefore = Date.UTC(2026, 0, 1);
  for (const [serial, notAfter] of [
    [Buffer.alloc(16, 0xff), Date.UTC(2036, 0, 1)],
    [Buffer.alloc(16, 0x00), Date.UTC(2049, 11, 31, 23, 59, 59)],
    [Buffer.alloc(16, 0x80), Date.UTC(2051, 5, 1)],
  ] as const) {
    const text = writeCertificate(
      { spki, name: 'Countersign Jira', serial, notBefore, notAfter },
      privateKey,
    );
    const read = new X509Certificate(text);
    assert.ok(read.verify(publicKey));
    assert.ok(read.checkPrivateKey(privateKey));
    assert.equal(read.ca, false);
    assert.equal(read.subject, 'CN=Countersign Jira');
    assert.equal(read.issuer, read.subject);
    assert.equal(Date.parse(read.validFrom), notBefore);
    assert.equal(Date.parse(read.validTo), notAfter);
    assert.equal(read.serialNumber.length, 32);
    assert.ok(text.split('\n').every((line) => line.length <= 64));
  }
});

test('a name of any characters and length is cut to what a certificate holds', () => {
  const { spki } = publicFactsOf(privateKey);
  const times = { notBefore: 0, notAfter: Date.UTC(2030, 0, 1) };
  const serial = Buffer.alloc(16, 1);
  const text = writeCertificate(
    { spki, name: `Ünïcode 🦉 ${'x'.repeat(200)}`, serial, ...times },
    privateKey,
  );
  const { subject } = new X509Certificate(text);
  assert.match(subject, /x+$/);
  assert.ok(new X509Certificate(text).verify(publicKey));
});
