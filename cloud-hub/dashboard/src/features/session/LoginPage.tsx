import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Paper from '@mui/material/Paper';
import Typography from '@mui/material/Typography';
import type { TFunction } from 'i18next';
import { useEffect, useRef, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useNavigate, useSearchParams } from 'react-router';
import { useLogin } from '../../api';
import { baseApi } from '../../api/base';
import { isApiError, PROBLEM, problemOf } from '../../api/problem';
import { sessionOpened } from '../../app/connection';
import { safeNext } from '../../app/routes';
import { useAppDispatch, useAppSelector } from '../../app/store';
import { Field } from '../../ui/Field';
import { Logo } from '../../ui/Logo';

export function LoginPage() {
  const { t } = useTranslation();
  const [login, { isLoading, error }] = useLogin();
  const [missing, setMissing] = useState<'email' | 'password' | 'code' | null>(null);
  // Asked for once the hub has said that the person has a second factor.
  const [second, setSecond] = useState(false);
  const expired = useAppSelector((state) => state.connection.expired);
  const dispatch = useAppDispatch();
  const navigate = useNavigate();
  const [params] = useSearchParams();
  const emailRef = useRef<HTMLInputElement>(null);
  const passwordRef = useRef<HTMLInputElement>(null);
  const codeRef = useRef<HTMLInputElement>(null);

  useEffect(() => {
    document.title = t('app.pageTitle', { page: t('login.title') });
  }, [t]);

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
    // Whatever the person before had on screen goes with them.
    dispatch(baseApi.util.resetApiState());
    dispatch(sessionOpened());
    await navigate(safeNext(params.get('next')), { replace: true });
  };

  const wrongCode = problemOf(error, PROBLEM.wrongCode) !== null;
  const asked = wrongCode || problemOf(error, PROBLEM.secondFactor) !== null;
  return (
    <Box component="main" sx={{ minHeight: '100dvh', display: 'grid', placeItems: 'center', p: 2, bgcolor: 'background.default' }}>
      <Paper sx={{ width: '100%', maxWidth: 400, p: { xs: 3, sm: 4 }, border: 1, borderColor: 'divider' }}>
        <Logo />
        <Typography variant="h1" sx={{ mt: 3 }}>
          {t('login.title')}
        </Typography>
        <Typography variant="body2" color="textSecondary" sx={{ mt: 0.5, mb: 2.5 }}>
          {t('login.lead')}
        </Typography>
        <Box component="form" noValidate onSubmit={submit} sx={{ display: 'grid', gap: 2 }}>
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
        </Box>
        <Typography variant="caption" color="textSecondary" component="p" sx={{ mt: 2.5, mb: 0 }}>
          {t('login.firstStart')}
        </Typography>
      </Paper>
    </Box>
  );
}

function loginProblem(error: unknown, t: TFunction): string {
  if (!isApiError(error)) return t('problem.unknown.text');
  if (error.kind === 'unreachable') return t('problem.unreachable.text');
  if (error.problem.status === 401) return t('login.wrong');
  if (error.problem.status === 429) return error.problem.detail ?? t('login.tooMany');
  return [error.problem.title, error.problem.detail].filter(Boolean).join('. ') || t('problem.unknown.text');
}
