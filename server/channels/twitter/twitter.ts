/** The channel type for an account at Twitter, today X: its parts put together, once for each version. Pure. */
import type { ChannelLimits, ChannelType } from '../channel.ts';
import { lookUpV1, lookUpV2 } from './look-up.ts';
import { forUser, parse } from './parse.ts';
import { pollsV1, pollsV2 } from './polls.ts';
import { identityV1, identityV2, registrationAt } from './registration.ts';
import { measuring, sendV1, sendV2 } from './send.ts';
import { honesty, keyFields, label, setUp } from './set-up.ts';
import { answerChallenge, isSigned } from './signature.ts';

/** The service's own numbers, as its documents of version 1.1 gave them; some plans have others. */
export const limits: ChannelLimits = {
  messagesPerDay: 1000,
  answersPerMessage: 5,
  answerWindowMs: 86_400_000,
  maxTextLength: 10_000,
  maxButtons: 20,
  maxButtonLabelLength: 36,
  maxButtonPayloadLength: 1000,
  maxPostLength: 280,
};

/**
 * Version 1.1 for all, with buttons; under `versions`, version 2 for sending, polling and identity. `origin` is
 * where the interface is: the signature covers the URL that is called, so it cannot be replaced on the way.
 */
export function twitterChannel({ origin = 'https://api.twitter.com' } = {}): ChannelType {
  const v1 = {
    send: sendV1(origin),
    lookUp: lookUpV1(origin),
    polls: pollsV1(origin),
    registration: registrationAt(origin, identityV1(origin)),
  };
  const v2 = {
    send: sendV2(origin),
    lookUp: lookUpV2(origin),
    polls: pollsV2(origin),
    registration: registrationAt(origin, identityV2(origin)),
  };
  const common = {
    ...words,
    service: serviceAt(origin),
    answerChallenge,
    isSigned,
    forUser,
    parse,
  };
  const second = { ...common, ...v2, title: 'Twitter (API v2)', ...abilities(false) };
  const versions = new Map([['v2', second]]);
  return { ...common, ...v1, title: 'Twitter', ...abilities(true), versions };
}

const words = {
  id: 'twitter',
  keyFields,
  label,
  setUp,
  honesty,
  limits,
  mayDirect: (level: string | null) => level === null || level === 'read-write-directmessages',
  mayPost: (level: string | null) => level !== 'read',
};

function abilities(buttons: boolean): Pick<ChannelType, 'capabilities' | 'measure'> {
  return { capabilities: { buttons, posts: true, typing: false }, measure: measuring(buttons) };
}

/** The connected service of an app; /oauth/authorize, because /oauth/authenticate grants no direct messages. */
function serviceAt(origin: string): ChannelType['service'] {
  return (clientId, clientSecret) => ({
    name: 'Twitter',
    extension_id: 'cerb.service.provider.oauth1',
    params: {
      client_id: clientId,
      client_secret: clientSecret,
      request_token_url: `${origin}/oauth/request_token`,
      authentication_url: `${origin}/oauth/authorize`,
      access_token_url: `${origin}/oauth/access_token`,
      signature_method: 'HMAC-SHA1',
      identity: {
        method: 'GET',
        url: `${origin}/1.1/account/verify_credentials.json`,
        id: 'id_str',
        name: 'screen_name',
      },
    },
    allowed_hosts: [new URL(origin).host],
  });
}
