import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useForgotPassword } from '../../api';
import { to } from '../../app/routes';
import { Field } from '../../ui/Field';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { EntryCard } from './EntryCard';

/** Asks for a link by mail. Whether there is such a person is not said, here as little as by the hub. */
export default function ForgotPage() {
  const { t } = useTranslation('entry');
  const [ask, { isLoading, error, isSuccess }] = useForgotPassword();
  const [email, setEmail] = useState('');
  const [tried, setTried] = useState(false);
  const lacks = tried && !/^\S+@\S+$/.test(email.trim());
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (/^\S+@\S+$/.test(email.trim())) await ask({ forgotten: { email: email.trim() } });
  };
  return (
    <EntryCard title={t('forgot.title')} lead={t('forgot.lead')}>
      <Box component="form" noValidate onSubmit={submit} sx={{ display: 'grid', gap: 2 }}>
        {Boolean(error) && <ProblemAlert error={error} />}
        <Box role="status">
          {isSuccess && (
            <Alert severity="success" variant="outlined">
              {t('forgot.done')}
            </Alert>
          )}
        </Box>
        <Field label={t('email')} name="email" type="email" autoComplete="username" autoFocus value={email} onChange={(event) => setEmail(event.target.value)} error={lacks} help={lacks ? t('emailMissing') : undefined} />
        <Button type="submit" variant="contained" size="large" loading={isLoading}>
          {t('forgot.submit')}
        </Button>
        <Button component={Link} to={to.login()}>
          {t('back')}
        </Button>
      </Box>
    </EntryCard>
  );
}
