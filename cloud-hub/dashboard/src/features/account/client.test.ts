import { expect, test } from 'vitest';
import { clientName } from './client';

test.each([
  ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36', 'Chrome', 'Linux'],
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0', 'Edge', 'Windows'],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.0 Mobile/15E148 Safari/604.1', 'Safari', 'iOS'],
  ['Mozilla/5.0 (Linux; Android 16; SM-X200) AppleWebKit/537.36 Chrome/140.0 Safari/537.36', 'Chrome', 'Android'],
  ['Mozilla/5.0 (Macintosh; Intel Mac OS X 15.1; rv:143.0) Gecko/20100101 Firefox/143.0', 'Firefox', 'macOS'],
  ['curl/8.5.0', 'curl/8.5.0', null],
])('%s', (agent, browser, system) => {
  expect(clientName(agent)).toEqual({ browser, system });
});

test('who says nothing is nobody known', () => {
  expect(clientName('  ')).toBeNull();
});
