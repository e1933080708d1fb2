import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useBeginTotp, useConfirmTotp, useNewRecoveryCodes, useOwnFactors, useRemoveTotp } from '../../api';
import type { Factors, TotpSetup } from '../../api';
import { PROBLEM, problemOf } from '../../api/problem';
import { useFormat } from '../../i18n/useFormat';
import { CopyLine } from '../../ui/CopyLine';
import { Field } from '../../ui/Field';
import { FormDialog } from '../../ui/FormDialog';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { Section } from '../../ui/Section';
import { QueryView, RowsSkeleton } from '../../ui/states';

/** At so few codes on paper the person is told to make new ones. */
const FEW = 3;

/** A code of the person's own app at every sign-in, and codes on paper for the day it is gone. */
export function SecondFactor() {
  const { t } = useTranslation('account');
  const query = useOwnFactors();
  const [begin, beginning] = useBeginTotp();
  const [renew, renewing] = useNewRecoveryCodes();
  const [remove, removing] = useRemoveTotp();
  const [setup, setSetup] = useState<TotpSetup | null>(null);
  const [codes, setCodes] = useState<string[] | null>(null);
  const [asking, setAsking] = useState(false);
  const start = async () => {
    const answer = await begin();
    if (answer.data) setSetup(answer.data);
  };
  const again = async () => {
    const answer = await renew();
    if (answer.data) setCodes(answer.data.recovery_codes);
  };
  const end = async () => {
    const answer = await remove();
    if (!answer.error) setAsking(false);
  };
  const error = beginning.error ?? renewing.error;
  return (
    <Section title={t('second.title')} asOf={query.data?.as_of}>
      <Box sx={{ display: 'grid', gap: 2 }}>
        <Typography variant="body2" color="textSecondary">
          {t('second.lead')}
        </Typography>
        {Boolean(error) && <ProblemAlert error={error} />}
        <QueryView query={query} skeleton={<RowsSkeleton rows={1} height={40} />}>
          {(data) =>
            data.totp_since ? (
              <Standing data={data} onRenew={() => void again()} onRemove={() => setAsking(true)} busy={renewing.isLoading} />
            ) : (
              <Box>
                <Button variant="contained" onClick={() => void start()} loading={beginning.isLoading}>
                  {t('second.begin')}
                </Button>
              </Box>
            )
          }
        </QueryView>
      </Box>
      {setup && <SetUp setup={setup} onClose={() => setSetup(null)} onDone={(made) => (setSetup(null), setCodes(made))} />}
      {codes && <Codes codes={codes} onClose={() => setCodes(null)} />}
      {asking && (
        <FormDialog
          title={t('second.removeTitle')}
          submit={t('second.remove')}
          onSubmit={end}
          onClose={() => setAsking(false)}
          busy={removing.isLoading}
          error={removing.error}
          grave
        >
          <Typography variant="body2">{t('second.removeText')}</Typography>
        </FormDialog>
      )}
    </Section>
  );
}

function Standing({ data, onRenew, onRemove, busy }: { data: Factors; onRenew: () => void; onRemove: () => void; busy: boolean }) {
  const { t } = useTranslation('account');
  const { time } = useFormat();
  const since = data.totp_since ? time(data.totp_since, 'date') : '';
  return (
    <>
      <Typography variant="body2">{t('second.since', { since })}</Typography>
      <Alert severity={data.recovery_codes_left > FEW ? 'info' : 'warning'} variant="outlined">
        {t('second.left', { count: data.recovery_codes_left })}
      </Alert>
      <Box sx={{ display: 'flex', gap: 1, flexWrap: 'wrap' }}>
        <Button variant="outlined" onClick={onRenew} loading={busy}>
          {t('second.renew')}
        </Button>
        <Button color="error" onClick={onRemove}>
          {t('second.remove')}
        </Button>
      </Box>
    </>
  );
}

function SetUp({ setup, onClose, onDone }: { setup: TotpSetup; onClose: () => void; onDone: (codes: string[]) => void }) {
  const { t } = useTranslation('account');
  const [confirm, { isLoading, error }] = useConfirmTotp();
  const [missing, setMissing] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const wrong = problemOf(error, PROBLEM.wrongCode) !== null;
  const submit = async () => {
    const code = input.current?.value.trim() ?? '';
    setMissing(!code);
    const answer = code ? await confirm({ totpCode: { code } }) : null;
    if (answer?.data) return onDone(answer.data.recovery_codes);
    input.current?.focus();
    input.current?.select();
  };
  return (
    <FormDialog
      title={t('second.setUp')}
      submit={t('second.confirm')}
      onSubmit={submit}
      onClose={onClose}
      busy={isLoading}
      error={wrong ? undefined : error}
    >
      <Typography variant="body2">{t('second.scan')}</Typography>
      {/* A picture, so that nothing in it could run or be styled. */}
      <Box
        component="img"
        src={`data:image/svg+xml;utf8,${encodeURIComponent(setup.qr_svg)}`}
        alt={t('second.qr')}
        sx={{ width: 200, height: 200, justifySelf: 'center', bgcolor: '#fff', borderRadius: '8px' }}
      />
      <Typography variant="caption" color="textSecondary">
        {t('second.byHand')}
      </Typography>
      <CopyLine label={t('second.secret')} text={setup.secret} />
      <Field
        label={t('second.code')}
        name="code"
        autoComplete="one-time-code"
        inputRef={input}
        error={missing || wrong}
        help={missing ? t('second.codeMissing') : wrong ? t('second.wrong') : undefined}
      />
    </FormDialog>
  );
}

function Codes({ codes, onClose }: { codes: string[]; onClose: () => void }) {
  const { t } = useTranslation('account');
  return (
    <FormDialog title={t('second.codesTitle')} onClose={onClose}>
      <Typography variant="body2">{t('second.codesText')}</Typography>
      <CopyLine label={t('second.codesTitle')} text={codes.join('\n')} />
    </FormDialog>
  );
}
