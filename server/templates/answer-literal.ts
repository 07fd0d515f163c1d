/** Puts answers into bot templates so that rendering these gives back the same characters. Pure. */
import { TemplateError } from './template-error.ts';
import { botSyntax, lineAt, scanTemplate, type TemplatePart } from './template-scan.ts';

/** What a bot template renders as it stands, wherever it is put into text. */
const plainPattern = /^(?:[\w.,:/@+=-]|[\w.,:/@+=-][\w .,:/@+=-]*[\w.,:/@+=-])?$/;

/**
 * Replaces marks (`sign` + index + `sign`) in a bot template by the answers of that index: in text as they are if
 * plain, else as `{{ "…" }}`; inside an expression as a string literal; inside a string literal as its content.
 */
export function placeAnswers(marked: string, sign: string, answers: readonly string[]): string {
  let result = '';
  let at = 0;
  for (const part of scanTemplate(marked, botSyntax)) {
    for (const match of marked
      .slice(part.start, part.end)
      .matchAll(new RegExp(`${sign}(\\d+)${sign}`, 'g'))) {
      const place: Place = {
        marked,
        part,
        start: part.start + match.index,
        end: part.start + match.index + match[0].length,
      };
      result += marked.slice(at, place.start);
      result = append(result, answers[Number(match[1])] ?? '', place);
      at = place.end;
    }
  }
  return result + marked.slice(at);
}

interface Place {
  marked: string;
  part: TemplatePart;
  start: number;
  end: number;
}

function append(before: string, answer: string, place: Place): string {
  if (place.part.kind === 'text') return appendToText(before, answer, place);
  if (place.part.kind === 'comment') return before + answer.replace(/[{}#%\s]+/g, ' ');
  if (place.part.kind === 'verbatim') {
    if (/[{}%\r\n]/.test(answer))
      throw refused(place, 'inside a verbatim block, where it cannot be kept as it is');
    return before + answer;
  }
  const text = place.part.texts.find(({ start, end }) => start <= place.start && place.end <= end);
  if (!text) return before + expressionOf(answer, place);
  if (/(?<!\\)(?:\\\\)*\\$/.test(before)) throw refused(place, 'after a backslash');
  return before + escapeInLiteral(answer, text.quote);
}

function appendToText(before: string, answer: string, { marked, end }: Place): string {
  const couldJoin = answer === '' && before.endsWith('{') && /^[{%#]/.test(marked.slice(end));
  if (plainPattern.test(answer) && !couldJoin) return before + answer;
  // A brace right before would join with the tag's own: it moves into the literal.
  const isBraced = before.endsWith('{');
  const head = isBraced ? before.slice(0, -1) : before;
  return `${head}{{ "${escapeInLiteral((isBraced ? '{' : '') + answer, '"')}" }}`;
}

function expressionOf(answer: string, place: Place): string {
  const before = place.marked.slice(Math.max(0, place.start - 2), place.start);
  const after = place.marked.charAt(place.end);
  const isInName = /\w$/.test(before) || /^\w/.test(after) || (/\.$/.test(before) && before !== '..');
  if (isInName) {
    if (/^\w+$/.test(answer)) return answer;
    throw refused(place, 'in the middle of a name, where only letters, digits and "_" can stand');
  }
  if (/^(?:0|[1-9]\d{0,14})$/.test(answer)) return answer;
  const literal = `"${escapeInLiteral(answer, '"')}"`;
  // Next to a whitespace sign the parser would trim the literal's own content.
  return (/[-~]$/.test(before) ? ' ' : '') + literal + (/[-~]/.test(after) ? ' ' : '');
}

/** Escapes that Twig takes back one by one; braces too, so that no later reader sees a tag in the literal. */
function escapeInLiteral(answer: string, quote: "'" | '"'): string {
  return answer.replace(/[\\#{'"\r\n]/g, (char) => {
    if (char === '\n') return '\\n';
    if (char === '\r') return '\\r';
    return (char === '"' || char === "'") && char !== quote ? char : `\\${char}`;
  });
}

function refused({ marked, start }: Place, where: string): TemplateError {
  return new TemplateError(`An answer stands ${where}.`, lineAt(marked, start));
}
