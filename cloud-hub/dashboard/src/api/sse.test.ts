import { expect, test } from 'vitest';
import { EventParser, type ServerEvent } from './sse';

const TEXT = ': hello\r\n\r\nid: a-1\r\nevent: sale\r\ndata: {"x":1}\r\n\r\n: alive\n\nid: a-2\nevent: readings\ndata: one\ndata: two\n\nevent: nothing\n\ndata:bare\n\n';
const EVENTS: ServerEvent[] = [
  { id: 'a-1', event: 'sale', data: '{"x":1}' },
  { id: 'a-2', event: 'readings', data: 'one\ntwo' },
  { id: 'a-2', event: 'message', data: 'bare' },
];

test('a stream cut at any two places gives the same events', () => {
  for (let first = 0; first <= TEXT.length; first++) {
    for (let second = first; second <= TEXT.length; second += 7) {
      const parser = new EventParser();
      const pieces = [TEXT.slice(0, first), TEXT.slice(first, second), TEXT.slice(second)];
      expect(pieces.flatMap((piece) => parser.push(piece))).toEqual(EVENTS);
    }
  }
});

test('an unfinished event is not given out', () => {
  const parser = new EventParser();
  expect(parser.push('event: sale\ndata: {"half":')).toEqual([]);
  expect(parser.push('1}\n')).toEqual([]);
  expect(parser.push('\n')).toEqual([{ id: null, event: 'sale', data: '{"half":1}' }]);
});
