/** Links in a text, as far as counting needs them. Pure. */

/** Country codes, which all are top-level domains, and the commonest of the others. */
const topLevelDomains = [
  'ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bv bw by bz',
  'ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo',
  'fr ga gb gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je',
  'jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp',
  'mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py',
  'qa re ro rs ru rw sa sb sc sd se sg sh si sj sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm',
  'tn to tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw',
  'com org net edu gov mil int info biz name pro mobi jobs museum coop aero app dev shop store online site website',
  'blog cloud xyz club live life news media world today agency email help support tech digital page link social web',
  'space zone company business services solutions center team group studio design art games video music film tv',
  'travel hotel restaurant cafe bar food fashion health care clinic school academy university finance bank money',
  'legal law consulting systems software network host hosting software chat community events photos photo top vip',
  'work works icu fun one ltd inc llc plus run cat eus gal asia africa london paris berlin nyc tokyo google amazon',
]
  .join(' ')
  .replaceAll(' ', '|');

const label = '[a-z0-9\\u00c0-\\u024f](?:[a-z0-9_\\u00c0-\\u024f-]{0,61}[a-z0-9\\u00c0-\\u024f])?';
const port = '(?::\\d{1,5})?';
/** To the last character that may end a link: ".", "," and the like behind it belong to the sentence. */
const path = '(?:[/?#](?:[^\\s<>"“”\'’]*[a-z0-9\\u00c0-\\u024f=_#/+-])?)?';
const withScheme = `https?://(?:${label}\\.)+[a-z]{2,24}${port}${path}`;
/** Not part of an address of mail, of a handle or of a longer name; a top-level domain that is known. */
const bare = `(?<![@#$/\\w.\\u00c0-\\u024f-])(?:${label}\\.)+(?:${topLevelDomains})(?![\\w@+-])${port}${path}`;
const link = new RegExp(`${withScheme}|${bare}`, 'gi');

/** The text cut into links and what stands between them. */
export function splitLinks(text: string): { links: number; rest: string[] } {
  const rest = text.split(link);
  return { links: rest.length - 1, rest };
}
