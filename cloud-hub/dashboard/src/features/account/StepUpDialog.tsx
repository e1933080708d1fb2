import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useOwnFactors, usePasskeyChallenge, useStepUp } from '../../api';
import { hasPasskeys, showPasskey } from '../../api/passkey';
import { PROBLEM, problemOf } from '../../api/problem';
import { useSession } from '../../app/SessionGate';
import { Field } from '../../ui/Field';
import { FormDialog } from '../../ui/FormDialog';
import { StepUpElsewhere } from './StepUpElsewhere';

/** Asks for the password again, or for a code of who has a second factor; what waited for it goes on by itself. */
export default function StepUpDialog({ onDone }: { onDone: (shown: boolean) => void }) {
  const { t } = useTranslation('account');
  const { user } = useSession();
  const [stepUp, { isLoading, error }] = useStepUp();
  const { data: factors } = useOwnFactors();
  const [missing, setMissing] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const byCode = Boolean(factors?.totp_since) || (factors?.passkeys ?? 0) > 0 || problemOf(error, PROBLEM.secondFactor) !== null;
  const [challenge, challenging] = usePasskeyChallenge();
  const [noKey, setNoKey] = useState(false);
  const byKey = async () => {
    setNoKey(false);
    const begun = await challenge();
    const passkey = begun.data && (await showPasskey(begun.data.options));
    if (!passkey) return setNoKey(true);
    const answer = await stepUp({ stepUpRequest: { passkey } });
    if (answer.data) onDone(true);
  };
  const wrong = problemOf(error, byCode ? PROBLEM.wrongCode : PROBLEM.wrongCredentials) !== null;
  const submit = async () => {
    const shown = input.current?.value ?? '';
    setMissing(!shown);
    const answer = shown ? await stepUp({ stepUpRequest: byCode ? { code: shown.trim() } : { password: shown } }) : null;
    if (answer?.data) return onDone(true);
    input.current?.focus();
    input.current?.select();
  };
  return (
    <FormDialog
      title={t('stepUp.title')}
      submit={t('stepUp.submit')}
      onSubmit={submit}
      onClose={() => onDone(false)}
      busy={isLoading}
      error={wrong || problemOf(error, PROBLEM.secondFactor) ? undefined : error}
    >
      <Typography variant="body2">{t(byCode ? 'stepUp.leadCode' : 'stepUp.lead')}</Typography>
      <Typography variant="caption" color="textSecondary">
        {t('stepUp.who', { email: user.email })}
      </Typography>
      {(factors?.passkeys ?? 0) > 0 && hasPasskeys() && (
        <Button variant="outlined" loading={challenging.isLoading} onClick={() => void byKey()}>
          {t('stepUp.passkey')}
        </Button>
      )}
      <StepUpElsewhere />
      {noKey && (
        <Typography role="alert" variant="body2" color="error">
          {t('stepUp.passkeyFailed')}
        </Typography>
      )}
      <Field
        key={byCode ? 'code' : 'password'}
        label={t(byCode ? 'stepUp.code' : 'stepUp.password')}
        type={byCode ? 'text' : 'password'}
        name={byCode ? 'code' : 'password'}
        autoComplete={byCode ? 'one-time-code' : 'current-password'}
        autoFocus
        inputRef={input}
        error={missing || wrong}
        help={missing ? t(byCode ? 'stepUp.codeMissing' : 'stepUp.missing') : wrong ? t(byCode ? 'stepUp.wrongCode' : 'stepUp.wrong') : undefined}
      />
    </FormDialog>
  );
}
