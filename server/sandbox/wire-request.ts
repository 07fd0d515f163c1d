/** A request as it came over the wire, before anything was interpreted. Pure. */

/** `target` is the request line's path and query, untouched; `scheme` and `host` are what the client believes to reach. */
export interface WireRequest {
  method: string;
  scheme: 'http' | 'https';
  host: string;
  target: string;
  headers: readonly (readonly [string, string])[];
  body: Uint8Array;
}

/** Every value of a header, in order; names compare without case. */
export function headerValues(request: WireRequest, name: string): string[] {
  return request.headers.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value);
}

/** Path of the request line, without query. */
export function wirePath(request: WireRequest): string {
  const mark = request.target.indexOf('?');
  return mark < 0 ? request.target : request.target.slice(0, mark);
}

/** Query of the request line without the `?`; `''` when there is none. */
export function wireQuery(request: WireRequest): string {
  const mark = request.target.indexOf('?');
  return mark < 0 ? '' : request.target.slice(mark + 1);
}

/** Body of a form, octet by octet as text; `''` for every other media type. Parameters of the type do not matter. */
export function wireForm(request: WireRequest): string {
  const mediaType = (headerValues(request, 'content-type')[0] ?? '').split(';')[0]?.trim().toLowerCase();
  return mediaType === 'application/x-www-form-urlencoded'
    ? Buffer.from(request.body).toString('latin1')
    : '';
}
