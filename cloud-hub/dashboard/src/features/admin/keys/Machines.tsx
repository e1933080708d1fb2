import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import Typography from '@mui/material/Typography';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Key } from '../../../api';
import { serverNow } from '../../../api/clock';
import { FormDialog } from '../../../ui/FormDialog';
import { Icon } from '../../../ui/icons';
import { Section } from '../../../ui/Section';
import { Notice, QueryView, RowsSkeleton, type QueryState } from '../../../ui/states';
import { stateOf, type MachineKind } from './key';
import { KeyTable } from './KeyTable';

interface MachinesProps {
  kind: MachineKind;
  query: QueryState<{ as_of: string }>;
  machines: Key[];
  /** The dialog that makes one. */
  making: (close: () => void) => ReactNode;
  /** The dialog that asks before one is revoked. */
  revoking: (subject: Key, close: () => void) => ReactNode;
}

/** Which programs may do what, until when, and which of them still do. */
export function Machines({ kind, query, machines, making, revoking }: MachinesProps) {
  const { t } = useTranslation('admin');
  const [adding, setAdding] = useState(false);
  const [subject, setSubject] = useState<Key | null>(null);
  const [old, setOld] = useState(false);
  const holds = (key: Key) => ['good', 'soon'].includes(stateOf(key, serverNow()));
  const shown = old ? machines : machines.filter(holds);
  const make = (
    <Button variant="contained" startIcon={<Icon name="add" />} onClick={() => setAdding(true)}>
      {t(`${kind}.add`)}
    </Button>
  );
  return (
    <Section title={t(`${kind}.title`)} asOf={query.data?.as_of} flush actions={machines.length > 0 && make}>
      <QueryView
        query={query}
        skeleton={<RowsSkeleton rows={4} height={56} />}
        empty={() => (machines.length === 0 ? <Notice state="empty" icon="link" title={t(`${kind}.empty.title`)} text={t(`${kind}.empty.text`)} action={make} /> : null)}
      >
        {() => (
          <>
            {machines.some((key) => !holds(key)) && (
              <Box sx={{ paddingInline: { xs: 1, sm: 1.5 } }}>
                <FormControlLabel control={<Checkbox checked={old} onChange={(_, on) => setOld(on)} />} label={t('keys.showOld')} />
              </Box>
            )}
            {shown.length > 0 ? (
              <KeyTable kind={kind} keys={shown} onRevoke={setSubject} />
            ) : (
              <Notice state="no-match" icon="lock" title={t(`${kind}.noneHolds.title`)} text={t(`${kind}.noneHolds.text`)} />
            )}
          </>
        )}
      </QueryView>
      {adding && making(() => setAdding(false))}
      {subject && revoking(subject, () => setSubject(null))}
    </Section>
  );
}

interface RevokeProps {
  kind: MachineKind;
  subject: Key;
  busy: boolean;
  error: unknown;
  onRevoke: () => unknown;
  onClose: () => void;
}

/** What ends with it, before it ends. */
export function Revoke({ kind, subject, busy, error, onRevoke, onClose }: RevokeProps) {
  const { t } = useTranslation('admin');
  return (
    <FormDialog title={t('keys.revokeTitle', { name: subject.name })} submit={t('keys.revoke')} onSubmit={onRevoke} onClose={onClose} busy={busy} error={error} grave>
      <Typography variant="body2">{t(`${kind}.revokeText`)}</Typography>
    </FormDialog>
  );
}
