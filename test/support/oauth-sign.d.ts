/** The part of oauth-sign that tests call: a second signer, which shares no code with oauth-1.0a. */
declare module 'oauth-sign' {
  /** For RSA-SHA1 `consumerSecret` is the private key as PEM. */
  export function sign(
    signatureMethod: string,
    method: string,
    baseUrl: string,
    parameters: Record<string, string[]>,
    consumerSecret: string,
    tokenSecret: string,
  ): string;
}
