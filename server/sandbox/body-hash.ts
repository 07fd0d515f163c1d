/** The hash of a body that is no form, as a signed parameter (oauth_body_hash). Pure. */
import { createHash } from 'node:crypto';
import { isSame } from './signature.ts';
import { headerValues, type WireRequest } from './wire-request.ts';

export interface BodyHashRule {
  algorithm: 'sha1' | 'sha256';
  /** With every body that is no form; else it is checked where it comes. */
  isRequired: boolean;
}

/** Whether the hash is right, and there where it has to be; a form must not have one, as its parameters are signed. */
export function isBodyHashRight(request: WireRequest, hash: string | undefined, rule: BodyHashRule): boolean {
  const mediaType = (headerValues(request, 'content-type')[0] ?? '').split(';')[0]?.trim().toLowerCase();
  const isForm = mediaType === 'application/x-www-form-urlencoded';
  if (isForm) return hash === undefined;
  if (hash === undefined) return !rule.isRequired || request.body.length === 0;
  return isSame(hash, createHash(rule.algorithm).update(request.body).digest('base64'));
}
