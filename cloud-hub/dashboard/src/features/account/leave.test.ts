import { expect, test } from 'vitest';
import { isWeb } from './leave';

test.each([
  ['https://login.example.com/authorize?state=a', true],
  ['http://127.0.0.1:9000/auth', true],
  ['/account?linked=a', true],
  ['javascript:alert(1)', false],
  ['data:text/html,x', false],
  ['https://[', false],
])('%s leads to a page: %s', (url, web) => {
  expect(isWeb(url)).toBe(web);
});
