import { expect, test } from 'vitest';
import type { IdentityProvider } from '../../../api';
import { changeOf, domainsOf, draftOf, lacksOf, NEW, newOf, wrongDomain } from './provider';

const READ: IdentityProvider = {
  id: 'a', name: 'Entra ID', issuer: 'https://login.example.com', client_id: 'hub', method: 'basic', has_secret: true, domains: ['b.example', 'a.example'], admits: 'invited', role: 'viewer',
  all_stores: false, store_ids: ['s1'], redirect_uri: 'https://hub/cb', disabled_at: null, created_at: '', as_of: '',
};

test('domains are taken as people type them', () => {
  expect(domainsOf(' Shop.example, b.example;c.example\n')).toEqual(['shop.example', 'b.example', 'c.example']);
  expect(wrongDomain('shop.example')).toBeNull();
  expect(wrongDomain('shop.example, @b.example')).toBe('@b.example');
  expect(wrongDomain('localhost')).toBe('localhost');
});

test('a new service lacks what the hub would refuse', () => {
  expect([...lacksOf(NEW, false)]).toEqual(['name', 'issuer', 'client', 'secret']);
  const draft = { ...NEW, name: 'Okta', issuer: 'https://x.example', clientId: 'hub', secret: 's' };
  expect(lacksOf(draft, false).size).toBe(0);
  expect([...lacksOf({ ...draft, domains: 'x', admits: 'domain', reach: { all: false, stores: [] } }, false)]).toEqual(['domains', 'reach']);
  expect(lacksOf({ ...draft, secret: '', method: 'none' }, false).size).toBe(0);
});

test('a public client is added without a secret', () => {
  expect(newOf({ ...NEW, method: 'none', secret: 'typed before' })).not.toHaveProperty('client_secret');
});

test('a change names only what differs', () => {
  const draft = draftOf(READ);
  expect(changeOf(READ, draft)).toBeNull();
  expect(changeOf(READ, { ...draft, domains: 'a.example b.example' })).toBeNull();
  expect(changeOf(READ, { ...draft, name: 'Entra ', secret: 'new' })).toEqual({ name: 'Entra', client_secret: 'new' });
  expect(changeOf(READ, { ...draft, reach: { all: true, stores: ['s1'] } })).toEqual({ all_stores: true, store_ids: [] });
});

test('a secret goes with the method that needs one', () => {
  expect(changeOf(READ, { ...draftOf(READ), method: 'none', secret: 'typed' })).toEqual({ method: 'none', client_secret: null });
  expect(lacksOf({ ...draftOf(READ), method: 'post' }, READ.has_secret).size).toBe(0);
  expect([...lacksOf({ ...draftOf(READ), method: 'post' }, false)]).toEqual(['secret']);
});
