/** What the signer refuses to sign, as a closed set of codes. Pure. */

export type OAuth1RefusalCode =
  | 'not_json'
  | 'vector_invalid'
  | 'method_invalid'
  | 'url_invalid'
  | 'url_scheme'
  | 'url_userinfo'
  | 'text_not_encodable'
  | 'query_not_decodable'
  | 'body_not_decodable'
  | 'content_type_doubled'
  | 'protocol_parameter_in_query'
  | 'protocol_parameter_in_body'
  | 'body_hash_unknown'
  | 'body_hash_with_form'
  | 'realm_invalid'
  | 'nonce_invalid'
  | 'timestamp_invalid'
  | 'signature_method_unknown'
  | 'consumer_key_missing'
  | 'consumer_secret_missing'
  | 'token_secret_missing'
  | 'rsa_key_missing'
  | 'rsa_key_unreadable'
  | 'rsa_key_encrypted'
  | 'rsa_key_public'
  | 'rsa_key_not_rsa'
  | 'rsa_key_too_short';

/** A request that cannot be signed so that every correct server agrees. The message is public: no value stands in it. */
export class OAuth1Refusal extends Error {
  readonly code: OAuth1RefusalCode;
  constructor(code: OAuth1RefusalCode, message: string) {
    super(message);
    this.name = 'OAuth1Refusal';
    this.code = code;
  }
}
