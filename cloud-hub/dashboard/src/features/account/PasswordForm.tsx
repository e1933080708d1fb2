import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useRef, useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useChangePassword } from '../../api';
import { PROBLEM, problemOf } from '../../api/problem';
import { useSession } from '../../app/SessionGate';
import { Field } from '../../ui/Field';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { Section } from '../../ui/Section';

const SHORTEST = 8;

/** What is wrong with the three fields before the hub is asked. */
function wrongIn(current: string, next: string, again: string) {
  if (!current) return 'currentMissing';
  if (next.length < SHORTEST) return 'short';
  if (next === current) return 'same';
  if (next !== again) return 'differs';
  return null;
}
type Wrong = NonNullable<ReturnType<typeof wrongIn>>;
const FIELD: Record<Wrong, 'current' | 'next' | 'again'> = { currentMissing: 'current', short: 'next', same: 'next', differs: 'again' };

/** Changes the own password; the hub judges how easily it is guessed, and its verdict stands at the field. */
export function PasswordForm() {
  const { t } = useTranslation('account');
  const { user } = useSession();
  const [change, { isLoading, error, isSuccess, reset }] = useChangePassword();
  const [wrong, setWrong] = useState<Wrong | null>(null);
  const form = useRef<HTMLFormElement>(null);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const field = (name: string) => form.current?.elements.namedItem(name) as HTMLInputElement | null;
    const value = (name: string) => field(name)?.value ?? '';
    const found = wrongIn(value('current'), value('next'), value('again'));
    setWrong(found);
    reset();
    if (found) return field(FIELD[found])?.focus();
    const answer = await change({ passwordChange: { current: value('current'), new: value('next') } });
    if (!answer.error) return form.current?.reset();
    field(problemOf(answer.error, PROBLEM.wrongCredentials) ? 'current' : 'next')?.focus();
  };
  const notCurrent = problemOf(error, PROBLEM.wrongCredentials) !== null;
  const refused = problemOf(error)?.status === 400 ? problemOf(error)?.detail : null;
  const help = (field: 'current' | 'next' | 'again') => (wrong && FIELD[wrong] === field ? t(`password.${wrong}`) : undefined);
  return (
    <Section title={t('password.title')}>
      <Box component="form" noValidate ref={form} onSubmit={submit} sx={{ display: 'grid', gap: 2 }}>
        <Typography variant="body2" color="textSecondary">
          {t('password.lead')}
        </Typography>
        <Box role="status">
          {isSuccess && (
            <Alert severity="success" variant="outlined">
              {t('password.done')}
            </Alert>
          )}
        </Box>
        {Boolean(error) && !notCurrent && !refused && <ProblemAlert error={error} />}
        {/* For the browser's own store of passwords. */}
        <input type="text" name="username" autoComplete="username" value={user.email} readOnly hidden />
        <Field
          label={t('password.current')}
          name="current"
          type="password"
          autoComplete="current-password"
          error={notCurrent || help('current') !== undefined}
          help={help('current') ?? (notCurrent ? t('password.wrong') : undefined)}
        />
        <Field
          label={t('password.next')}
          name="next"
          type="password"
          autoComplete="new-password"
          error={Boolean(refused) || help('next') !== undefined}
          help={help('next') ?? refused ?? t('password.help')}
        />
        <Field
          label={t('password.again')}
          name="again"
          type="password"
          autoComplete="new-password"
          error={help('again') !== undefined}
          help={help('again')}
        />
        <Box>
          <Button type="submit" variant="contained" loading={isLoading}>
            {t('password.submit')}
          </Button>
        </Box>
      </Box>
    </Section>
  );
}
