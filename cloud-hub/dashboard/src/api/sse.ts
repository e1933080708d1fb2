/** One event as the wire carries it. */
export interface ServerEvent {
  id: string | null;
  event: string;
  data: string;
}

/**
 * Cuts a text/event-stream into events (WHATWG HTML §9.2.6). Pieces may break anywhere, also inside a line end.
 * `push` returns the events completed by this piece; comments complete none, yet they prove that the link lives.
 */
export class EventParser {
  private rest = '';
  private id: string | null = null;
  private event = '';
  private data: string[] = [];

  push(piece: string): ServerEvent[] {
    const text = this.rest + piece;
    const done: ServerEvent[] = [];
    let from = 0;
    for (let at = 0; at < text.length; at++) {
      const char = text[at];
      if (char !== '\n' && char !== '\r') continue;
      // A CR at the very end may be half of a CRLF: wait for the next piece.
      if (char === '\r' && at === text.length - 1) break;
      const event = this.line(text.slice(from, at));
      if (event) done.push(event);
      if (char === '\r' && text[at + 1] === '\n') at++;
      from = at + 1;
    }
    this.rest = text.slice(from);
    return done;
  }

  private line(line: string): ServerEvent | null {
    if (line === '') {
      const event = { id: this.id, event: this.event || 'message', data: this.data.join('\n') };
      const complete = this.data.length > 0;
      this.event = '';
      this.data = [];
      return complete ? event : null;
    }
    const colon = line.indexOf(':');
    if (colon === 0) return null;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') this.data.push(value);
    else if (field === 'event') this.event = value;
    else if (field === 'id' && !value.includes('\0')) this.id = value;
    return null;
  }
}
