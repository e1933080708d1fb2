import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Skeleton from '@mui/material/Skeleton';
import Typography from '@mui/material/Typography';
import { useEffect, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'react-router';
import { useAcceptInvitation, useLookAtLink, useResetPassword, type LinkInfo } from '../../api';
import { problemOf } from '../../api/problem';
import { to } from '../../app/routes';
import { useFormat } from '../../i18n/useFormat';
import { Field } from '../../ui/Field';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { ProblemView } from '../../ui/states';
import { EntryCard } from './EntryCard';

const SHORTEST = 8;
type Kind = LinkInfo['kind'];

/** Where a link out of a mail leads. Its token stands behind the `#`, which no server and no `Referer` sees. */
export default function LinkPage({ kind }: { kind: Kind }) {
  const { t } = useTranslation('entry');
  const token = useLocation().hash.slice(1);
  const [look, { data, error, isLoading }] = useLookAtLink();
  useEffect(() => {
    if (token) void look({ linkToken: { kind, token } });
  }, [kind, token, look]);
  const title = data ? t(`${kind}.titleOf`, { organization: data.organization_name }) : t(`${kind}.title`);
  if (!token || error) {
    return (
      <EntryCard title={t(`${kind}.title`)}>
        {token ? (
          // A link that was used or has expired does not work at the second look either.
          <ProblemView error={error} retry={problemOf(error) ? undefined : () => look({ linkToken: { kind, token } })} />
        ) : (
          <Typography variant="body2">{t('noToken')}</Typography>
        )}
        <Typography variant="body2" color="textSecondary" sx={{ textAlign: 'center' }}>
          {t(`${kind}.again`)}
        </Typography>
        <Box sx={{ display: 'grid', gap: 1, mt: 2 }}>
          {kind === 'password_reset' && (
            <Button component={Link} to={to.forgot()} variant="outlined">
              {t('forgot.submit')}
            </Button>
          )}
          <Button component={Link} to={to.login()}>
            {t('back')}
          </Button>
        </Box>
      </EntryCard>
    );
  }
  return (
    <EntryCard title={title} lead={t(`${kind}.lead`)}>
      {data ? <Choose info={data} token={token} /> : <Skeleton aria-busy={isLoading} variant="rounded" height={240} />}
    </EntryCard>
  );
}

/** Takes the link: a password, and for who is new a name. */
function Choose({ info, token }: { info: LinkInfo; token: string }) {
  const { t } = useTranslation('entry');
  const format = useFormat();
  const [accept, accepting] = useAcceptInvitation();
  const [reset, resetting] = useResetPassword();
  const [name, setName] = useState(info.name);
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const [tried, setTried] = useState(false);
  const invited = info.kind === 'invitation';
  const { isLoading, isSuccess, error } = invited ? accepting : resetting;
  const short = password.length < SHORTEST;
  const differs = password !== again;
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (short || differs || isLoading) return;
    if (invited) await accept({ acceptance: { token, password, name: name.trim() || null } });
    else await reset({ passwordReset: { token, password } });
  };
  if (isSuccess) {
    return (
      <Box sx={{ display: 'grid', gap: 2 }}>
        <Alert severity="success" variant="outlined" role="status">
          {t(`${info.kind}.done`)}
        </Alert>
        <Button component={Link} to={to.login()} variant="contained" size="large" autoFocus>
          {t('signIn')}
        </Button>
      </Box>
    );
  }
  // The hub's verdict on the password belongs at the password.
  const refused = problemOf(error)?.status === 400 ? problemOf(error)?.detail : null;
  return (
    <Box component="form" noValidate onSubmit={submit} sx={{ display: 'grid', gap: 2 }}>
      {Boolean(error) && !refused && <ProblemAlert error={error} />}
      <Field label={t('email')} name="email" type="email" autoComplete="username" value={info.email} readOnly help={t('until', { at: format.time(info.expires_at, 'dayTime') })} />
      {invited && <Field label={t('name')} name="name" autoComplete="name" value={name} onChange={(event) => setName(event.target.value)} help={t('nameHelp')} />}
      <Field
        label={t('password')}
        name="password"
        type="password"
        autoComplete="new-password"
        autoFocus
        value={password}
        onChange={(event) => setPassword(event.target.value)}
        error={Boolean(refused) || (tried && short)}
        help={tried && short ? t('short') : (refused ?? t('passwordHelp'))}
      />
      <Field
        label={t('again')}
        name="again"
        type="password"
        autoComplete="new-password"
        value={again}
        onChange={(event) => setAgain(event.target.value)}
        error={tried && differs}
        help={tried && differs ? t('differs') : undefined}
      />
      <Button type="submit" variant="contained" size="large" loading={isLoading}>
        {t(`${info.kind}.submit`)}
      </Button>
    </Box>
  );
}
