/** Characters that change what is read without being seen: controls, and marks of direction. Those that join emoji and letters stay. */
const UNSEEN =
  // oxlint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** The text with the code in place of every character that could not be seen, `⟨U+202E⟩`. */
export function visible(text: string): string {
  return text.replace(UNSEEN, one => `⟨U+${one.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`);
}

/** `1.2 ms`, `340 ms`, `2.1 s`, `3 min` */
export function spanOf(ms: number): string {
  if (ms < 0.95) return `${ms < 0.05 ? '0' : ms.toFixed(1)} ms`;
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 99.5) return `${Math.round(seconds)} s`;
  const minutes = seconds / 60;
  if (minutes < 99.5) return `${Math.round(minutes)} min`;
  const hours = minutes / 60;
  return hours < 47.5 ? `${Math.round(hours)} h` : `${Math.round(hours / 24)} days`;
}

/** `1,234` */
export function count(value: number): string {
  return value.toLocaleString('en');
}

/** `1 send`, `3 sends` */
export function counted(value: number, noun: string, plural = `${noun}s`): string {
  return `${count(value)} ${value === 1 ? noun : plural}`;
}

/** `14:03:07.042` */
export function clock(at: number): string {
  const date = new Date(at);
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
  return `${time}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** `2026-11-27 14:03:07` */
export function dateAndTime(at: number): string {
  const date = new Date(at);
  const day = [date.getFullYear(), date.getMonth() + 1, date.getDate()].map(two).join('-');
  return `${day} ${clock(at).slice(0, 8)}`;
}

/** `3 min ago` */
export function ago(at: number, now = Date.now()): string {
  const ms = now - at;
  return ms < 1000 ? 'just now' : `${spanOf(ms)} ago`;
}

/** Whether a text holds what was typed into a search field. */
export function holds(text: string | undefined, search: string): boolean {
  return text !== undefined && text.toLowerCase().includes(search.trim().toLowerCase());
}
