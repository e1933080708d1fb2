// A certified OpenID provider (oidc-provider) on a free port of the loopback, with its own forms for sign-in and consent.
// Prints its issuer, and ends when its standard input does, so that it never outlives the test.
import { createServer } from 'node:http';
import { generateKeyPair, exportJWK } from 'jose';
import Provider from 'oidc-provider';

const key = async (alg, kid) => {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  return { ...(await exportJWK(privateKey)), kid, alg, use: 'sig' };
};

const redirects = [process.env.REDIRECT ?? 'http://127.0.0.1:9/back'];
const client = (id, method, alg, secret) => ({
  client_id: id,
  client_secret: secret,
  redirect_uris: redirects,
  post_logout_redirect_uris: ['http://127.0.0.1:9/bye'],
  token_endpoint_auth_method: method,
  id_token_signed_response_alg: alg,
  grant_types: ['authorization_code'],
  response_types: ['code'],
});

const server = createServer();
server.listen(0, '127.0.0.1', async () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [
      client('basic', 'client_secret_basic', 'RS256', 'a secret: with +/&= in it, long enough'),
      client('post', 'client_secret_post', 'ES256', 'another secret of the tests'),
      client('public', 'none', 'EdDSA'),
    ],
    jwks: { keys: await Promise.all([key('RS256', 'r'), key('ES256', 'e'), key('EdDSA', 'd')]) },
    cookies: { keys: ['only for tests'] },
    claims: { email: ['email', 'email_verified'], profile: ['name'] },
    conformIdTokenClaims: false,
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, email: `${id}@shop.example`, email_verified: true, name: 'Asha Varghese' }),
    }),
  });
  server.on('request', provider.callback());
  console.log(issuer);
});

process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
