import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useEndOtherSignIns, useEndSignIn, useSignIns, type SignIn } from '../../api';
import { useFormat } from '../../i18n/useFormat';
import { FormDialog } from '../../ui/FormDialog';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { Section } from '../../ui/Section';
import { SimpleTable, type Column } from '../../ui/SimpleTable';
import { QueryView, RowsSkeleton } from '../../ui/states';
import { StatusChip } from '../../ui/StatusChip';
import { useNow } from '../../ui/useNow';
import { clientName } from './client';

/** Every browser and program that acts as the person, each of which can be put out. */
export function SignIns() {
  const { t } = useTranslation('account');
  const query = useSignIns();
  const [end, ending] = useEndSignIn();
  const [endOthers, endingOthers] = useEndOtherSignIns();
  const [asking, setAsking] = useState(false);
  const [said, setSaid] = useState<'ended' | 'othersEnded' | null>(null);
  const endOne = async (id: string) => {
    setSaid(null);
    const answer = await end({ id });
    if (!answer.error) setSaid('ended');
  };
  const endAll = async () => {
    const answer = await endOthers();
    if (answer.error) return;
    setAsking(false);
    setSaid('othersEnded');
  };
  const others = query.data?.sign_ins.some((each) => !each.this_one);
  return (
    <Section
      title={t('signIns.title')}
      asOf={query.data?.as_of}
      flush
      actions={
        others && (
          <Button size="small" onClick={() => setAsking(true)}>
            {t('signIns.endOthers')}
          </Button>
        )
      }
    >
      <Told said={said && t(`signIns.${said}`)} error={ending.error} />
      <QueryView query={query} skeleton={<RowsSkeleton rows={3} height={52} />}>
        {(data) => <Table rows={data.sign_ins} onEnd={(id) => void endOne(id)} busy={ending.isLoading} />}
      </QueryView>
      {asking && (
        <FormDialog
          title={t('signIns.others')}
          submit={t('signIns.endOthers')}
          onSubmit={endAll}
          onClose={() => setAsking(false)}
          busy={endingOthers.isLoading}
          error={endingOthers.error}
        >
          <Typography variant="body2">{t('signIns.othersText')}</Typography>
        </FormDialog>
      )}
    </Section>
  );
}

function Told({ said, error }: { said: string | null; error: unknown }) {
  return (
    <Box role="status" sx={{ '& > *': { mx: { xs: 2, sm: 2.5 }, mb: 1.5 } }}>
      {Boolean(error) && !said && <ProblemAlert error={error} />}
      {said && (
        <Alert severity="success" variant="outlined">
          {said}
        </Alert>
      )}
    </Box>
  );
}

const FACTORS = ['pwd', 'otp', 'recovery', 'hwk', 'oidc'] as const;

function Table({ rows, onEnd, busy }: { rows: SignIn[]; onEnd: (id: string) => void; busy: boolean }) {
  const { t } = useTranslation('account');
  const format = useFormat();
  const now = useNow(15_000);
  const nameOf = ({ client }: SignIn) => {
    const known = clientName(client);
    if (!known) return t('signIns.unknown');
    return known.system ? t('signIns.on', { browser: known.browser, system: known.system }) : known.browser;
  };
  const factor = (name: string) => {
    const known = FACTORS.find((each) => each === name);
    return known ? t(`signIns.factor.${known}`) : name;
  };
  const columns: Column<SignIn>[] = [
    {
      key: 'client',
      label: t('signIns.column.client'),
      cell: (row) => (
        <Box component="span" sx={{ display: 'inline-flex', flexWrap: 'wrap', gap: 1, alignItems: 'center', fontWeight: 600 }}>
          {nameOf(row)}
          {row.this_one && <StatusChip tone="good">{t('signIns.here')}</StatusChip>}
        </Box>
      ),
    },
    { key: 'address', label: t('signIns.column.address'), cell: (row) => <Box component="span" sx={{ overflowWrap: 'normal' }}>{row.address}</Box> },
    { key: 'began', label: t('signIns.column.began'), cell: (row) => format.moment(row.began_at, 'time', now) },
    { key: 'seen', label: t('signIns.column.seen'), cell: (row) => format.age(row.seen_at, now) },
    { key: 'factors', label: t('signIns.column.factors'), cell: (row) => row.factors.map(factor).join(', ') },
    {
      key: 'action',
      label: t('signIns.column.action'),
      unlabelled: true,
      cell: (row) =>
        row.this_one ? null : (
          <Button size="small" disabled={busy} aria-label={t('signIns.endNamed', { client: nameOf(row) })} onClick={() => onEnd(row.id)}>
            {t('signIns.end')}
          </Button>
        ),
    },
  ];
  return <SimpleTable caption={t('signIns.caption')} columns={columns} rows={rows} rowKey={(row) => row.id} />;
}
