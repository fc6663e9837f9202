/** Makes text from strangers plain: what is invisible or steers a terminal or the reading direction is spelled out. */

// C0 without tab and newline, DEL and C1, zero-width, directional marks and overrides, line separators, lone surrogates.
const UNSEEN =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const PICTOGRAPH_BEFORE = /(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f)$/u;
const JOINER = "\u200d";

// Their own symbols, such as U+241B, are missing from many fonts.
const C0_NAMES =
  "NUL SOH STX ETX EOT ENQ ACK BEL BS TAB LF VT FF CR SO SI DLE DC1 DC2 DC3 DC4 NAK SYN ETB CAN EM SUB ESC FS GS RS US".split(
    " ",
  );

/** Spells out the unseen: an escape becomes `⟨ESC⟩`, a right-to-left override `⟨U+202E⟩`. Newlines and tabs stay. */
export function plainText(text: string): string {
  const unix = text.includes("\r\n") ? text.replaceAll("\r\n", "\n") : text;
  return unix.replace(UNSEEN, (char, at: number) => {
    // A joiner inside an emoji is not hiding anything.
    if (char === JOINER && PICTOGRAPH_BEFORE.test(unix.slice(Math.max(0, at - 4), at))) return char;
    return spelled(char.charCodeAt(0));
  });
}

function spelled(code: number): string {
  if (code < 0x20) return `⟨${C0_NAMES[code]}⟩`;
  if (code === 0x7f) return "⟨DEL⟩";
  if (code >= 0xd800 && code <= 0xdfff) return "\ufffd";
  return `⟨U+${code.toString(16).toUpperCase().padStart(4, "0")}⟩`;
}

/** One plain line of at most `maxChars` characters; runs of white space become one space. */
export function plainLine(text: string, maxChars = 240): string {
  // Looks at no more of a huge text than can be shown.
  const head = text.slice(0, maxChars * 4);
  const line = plainText(head.replace(/\s+/g, " ").trim());
  const cut = head.length < text.length || line.length > maxChars;
  return cut ? `${wellCut(line, maxChars - 1)}…` : line;
}

/** The first `maxChars` of a text, never half a character. */
export function wellCut(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  const last = text.charCodeAt(maxChars - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? maxChars - 1 : maxChars);
}
