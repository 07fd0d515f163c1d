/** HTML as plain text, and its entities as characters. Linear in the length of the text. Pure. */

/** HTML 4.01's names in the order of their characters from U+00A0. */
const latinNames =
  'nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml';
const greekNames =
  'Alpha Beta Gamma Delta Epsilon Zeta Eta Theta Iota Kappa Lambda Mu Nu Xi Omicron Pi Rho - Sigma Tau Upsilon Phi Chi Psi Omega - - - - - - - alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigmaf sigma tau upsilon phi chi psi omega';
const otherNames =
  'quot:34 amp:38 apos:39 lt:60 gt:62 OElig:338 oelig:339 Scaron:352 scaron:353 Yuml:376 fnof:402 circ:710 tilde:732 thetasym:977 upsih:978 piv:982 ensp:8194 emsp:8195 thinsp:8201 zwnj:8204 zwj:8205 lrm:8206 rlm:8207 ndash:8211 mdash:8212 lsquo:8216 rsquo:8217 sbquo:8218 ldquo:8220 rdquo:8221 bdquo:8222 dagger:8224 Dagger:8225 bull:8226 hellip:8230 permil:8240 prime:8242 Prime:8243 lsaquo:8249 rsaquo:8250 oline:8254 frasl:8260 euro:8364 image:8465 weierp:8472 real:8476 trade:8482 alefsym:8501 larr:8592 uarr:8593 rarr:8594 darr:8595 harr:8596 crarr:8629 lArr:8656 uArr:8657 rArr:8658 dArr:8659 hArr:8660 forall:8704 part:8706 exist:8707 empty:8709 nabla:8711 isin:8712 notin:8713 ni:8715 prod:8719 sum:8721 minus:8722 lowast:8727 radic:8730 prop:8733 infin:8734 ang:8736 and:8743 or:8744 cap:8745 cup:8746 int:8747 there4:8756 sim:8764 cong:8773 asymp:8776 ne:8800 equiv:8801 le:8804 ge:8805 sub:8834 sup:8835 nsub:8836 sube:8838 supe:8839 oplus:8853 otimes:8855 perp:8869 sdot:8901 lceil:8968 rceil:8969 lfloor:8970 rfloor:8971 lang:9001 rang:9002 loz:9674 spades:9824 clubs:9827 hearts:9829 diams:9830';

const entities: ReadonlyMap<string, string> = new Map([
  ...latinNames.split(' ').map((name, i) => [name, String.fromCharCode(160 + i)] as const),
  ...greekNames.split(' ').map((name, i) => [name, String.fromCharCode(913 + i)] as const),
  ...otherNames.split(' ').map((entry) => {
    const [name = '', code] = entry.split(':');
    return [name, String.fromCharCode(Number(code))] as const;
  }),
]);

/** As html_entity_decode: names of HTML 4.01 and numbers; what is neither stays as it is. */
export function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|(\w{1,10}));/g, (all, decimal, hex, name) => {
    if (name !== undefined) return entities.get(name) ?? all;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    const isCharacter =
      code > 31
        ? code < 0x110000 && (code < 0xd800 || code > 0xdfff)
        : /[\t\n\r]/.test(String.fromCharCode(code));
    return isCharacter ? String.fromCodePoint(code) : all;
  });
}

const silent = new Set(['script', 'style', 'head', 'title']);
const blocks = /^(?:p|div|h[1-6]|ul|ol|table|blockquote|pre|section|article|header|footer|form|hr)$/;

/** Reads HTML for its text: blocks and `<br>` as line breaks, list items marked, links with their address behind. */
export function textOfHtml(html: string): string {
  let [text, at, link] = ['', 0, ''];
  while (at < html.length) {
    const open = html.indexOf('<', at);
    text += html.slice(at, open < 0 ? html.length : open).replace(/\s+/g, ' ');
    if (open < 0) break;
    if (html.startsWith('<!--', open)) {
      at = after(html, '-->', open);
      continue;
    }
    at = after(html, '>', open);
    const tag = html.slice(open, at);
    const [, slash = '', spelled = ''] = /^<(\/?)([a-zA-Z][a-zA-Z0-9]*)/.exec(tag) ?? [];
    const name = spelled.toLowerCase();
    if (silent.has(name) && slash === '') at = after(html, '>', after(html, `</${spelled}`, at) - 1);
    else if (name === 'br') text += '\n';
    else if (name === 'li' && slash === '') text += '\n* ';
    else if (name === 'tr') text += '\n';
    else if (blocks.test(name)) text += '\n\n';
    else if (name === 'a' && slash === '') link = /\shref\s*=\s*"([^"]*)"/i.exec(tag)?.[1] ?? '';
    else if (name === 'a' && link !== '') {
      if (!text.endsWith(link)) text += ` <${link}>`;
      link = '';
    }
  }
  const lines = decodeEntities(text)
    .split('\n')
    .map((line) => line.trim());
  return lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

function after(text: string, sign: string, from: number): number {
  const found = text.indexOf(sign, from);
  return found < 0 ? text.length : found + sign.length;
}
