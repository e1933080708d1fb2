import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import type { TFunction } from 'i18next';
import { Suspense, useRef, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useNavigate, useSearchParams } from 'react-router';
import { useLogin, usePasskeyChallenge, usePasskeySignIn, useSignInServices } from '../../api';
import { baseApi } from '../../api/base';
import { hasPasskeys, showPasskey } from '../../api/passkey';
import { isApiError, PROBLEM, problemOf } from '../../api/problem';
import { sessionOpened } from '../../app/connection';
import { safeNext, to } from '../../app/routes';
import { useAppDispatch, useAppSelector } from '../../app/store';
import { lazyPage } from '../../i18n/lazyPage';
import { Field } from '../../ui/Field';
import { EntryCard } from './EntryCard';

const SsoNote = lazyPage('entry', () => import('./SsoNote'));

export function LoginPage() {
  const { t } = useTranslation();
  const [login, { isLoading, error }] = useLogin();
  const [challenge, challenging] = usePasskeyChallenge();
  const [signIn, signing] = usePasskeySignIn();
  const [noKey, setNoKey] = useState(false);
  // Which services there are hangs on whose address it is: asked for when it was entered.
  const [whose, setWhose] = useState('');
  const services = useSignInServices({ email: whose }, { skip: !whose });
  const [missing, setMissing] = useState<'email' | 'password' | 'code' | null>(null);
  // Asked for once the hub has said that the person has a second factor.
  const [second, setSecond] = useState(false);
  const expired = useAppSelector((state) => state.connection.expired);
  const dispatch = useAppDispatch();
  const navigate = useNavigate();
  const [params] = useSearchParams();
  const sso = params.get('sso');
  const emailRef = useRef<HTMLInputElement>(null);
  const passwordRef = useRef<HTMLInputElement>(null);
  const codeRef = useRef<HTMLInputElement>(null);

  const enter = async () => {
    // Whatever the person before had on screen goes with them.
    dispatch(baseApi.util.resetApiState());
    dispatch(sessionOpened());
    await navigate(safeNext(params.get('next')), { replace: true });
  };

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const email = emailRef.current?.value.trim() ?? '';
    const password = passwordRef.current?.value ?? '';
    const code = codeRef.current?.value.trim() ?? '';
    const lacks = !email ? 'email' : !password ? 'password' : second && !code ? 'code' : null;
    setMissing(lacks);
    if (lacks) {
      ({ email: emailRef, password: passwordRef, code: codeRef })[lacks].current?.focus();
      return;
    }
    const answer = await login({ credentials: { email, password, ...(second && { code }) } });
    if (problemOf(answer.error, PROBLEM.secondFactor)) return setSecond(true);
    if (problemOf(answer.error, PROBLEM.wrongCode)) {
      codeRef.current?.focus();
      codeRef.current?.select();
      return;
    }
    if (answer.error) {
      passwordRef.current?.focus();
      passwordRef.current?.select();
      return;
    }
    await enter();
  };

  const byKey = async () => {
    setNoKey(false);
    const begun = await challenge();
    const credential = begun.data && (await showPasskey(begun.data.options));
    const answer = credential ? await signIn({ passkeySignIn: { credential } }) : null;
    if (answer?.data) await enter();
    else setNoKey(true);
  };

  const wrongCode = problemOf(error, PROBLEM.wrongCode) !== null;
  const asked = wrongCode || problemOf(error, PROBLEM.secondFactor) !== null;
  return (
    <EntryCard title={t('login.title')} lead={t('login.lead')}>
        <Box component="form" noValidate onSubmit={submit} sx={{ display: 'grid', gap: 2 }}>
          {sso && !error && (
            <Suspense fallback={null}>
              <SsoNote word={sso} />
            </Suspense>
          )}
          {expired && !error && (
            <Alert severity="info" variant="outlined">
              {t('login.expired')}
            </Alert>
          )}
          {Boolean(error) && !asked && (
            <Alert severity="error" variant="outlined" role="alert">
              {loginProblem(error, t)}
            </Alert>
          )}
          <Field
            label={t('login.email')}
            name="email"
            type="email"
            autoComplete="username"
            autoFocus
            inputRef={emailRef}
            onBlur={(event) => setWhose(/^\S+@\S+$/.test(event.target.value.trim()) ? event.target.value.trim() : '')}
            error={missing === 'email'}
            help={missing === 'email' ? t('login.emailMissing') : undefined}
          />
          <Field
            label={t('login.password')}
            name="password"
            type="password"
            autoComplete="current-password"
            inputRef={passwordRef}
            error={missing === 'password'}
            help={missing === 'password' ? t('login.passwordMissing') : undefined}
          />
          {second && (
            <Field
              label={t('login.code')}
              name="code"
              autoComplete="one-time-code"
              autoFocus
              inputRef={codeRef}
              error={missing === 'code' || wrongCode}
              help={t(missing === 'code' ? 'login.codeMissing' : wrongCode ? 'login.wrongCode' : 'login.codeHelp')}
            />
          )}
          <Button type="submit" variant="contained" size="large" loading={isLoading}>
            {t('login.submit')}
          </Button>
          {hasPasskeys() && (
            <Button variant="outlined" size="large" loading={challenging.isLoading || signing.isLoading} onClick={() => void byKey()}>
              {t('login.passkey')}
            </Button>
          )}
          {services.currentData?.services.map((service) => (
            <Button key={service.id} variant="outlined" size="large" href={`/api/v1/auth/oidc/${encodeURIComponent(service.id)}/start?return_to=${encodeURIComponent(safeNext(params.get('next')))}`}>
              {t('login.service', { name: service.name })}
            </Button>
          ))}
          {noKey && (
            <Alert severity="warning" variant="outlined" role="alert">
              {t('login.passkeyFailed')}
            </Alert>
          )}
        </Box>
        <Button component={Link} to={to.forgot()} size="small" sx={{ mt: 1.5, marginInlineStart: -0.75 }}>
          {t('login.forgot')}
        </Button>
        <Typography variant="caption" color="textSecondary" component="p" sx={{ mt: 1, mb: 0 }}>
          {t('login.firstStart')}
        </Typography>
    </EntryCard>
  );
}

function loginProblem(error: unknown, t: TFunction): string {
  if (!isApiError(error)) return t('problem.unknown.text');
  if (error.kind === 'unreachable') return t('problem.unreachable.text');
  if (error.problem.status === 401) return t('login.wrong');
  if (error.problem.status === 429) return error.problem.detail ?? t('login.tooMany');
  return [error.problem.title, error.problem.detail].filter(Boolean).join('. ') || t('problem.unknown.text');
}
