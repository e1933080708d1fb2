import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useKeys, useRevokeKey, type Key } from '../../../api';
import { serverNow } from '../../../api/clock';
import { FormDialog } from '../../../ui/FormDialog';
import { Icon } from '../../../ui/icons';
import { Section } from '../../../ui/Section';
import { Notice, QueryView, RowsSkeleton } from '../../../ui/states';
import { stateOf } from './key';
import { KeyTable } from './KeyTable';
import { NewKeyDialog } from './NewKeyDialog';

/** Which programs may do what, until when, and which of them still do. */
export default function KeysTab() {
  const { t } = useTranslation('admin');
  const query = useKeys();
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<Key | null>(null);
  const [old, setOld] = useState(false);
  const holds = (key: Key) => ['good', 'soon'].includes(stateOf(key, serverNow()));
  const make = (
    <Button variant="contained" startIcon={<Icon name="add" />} onClick={() => setMaking(true)}>
      {t('keys.add')}
    </Button>
  );
  return (
    <Section title={t('keys.title')} asOf={query.data?.as_of} flush actions={query.data && query.data.keys.length > 0 && make}>
      <QueryView
        query={query}
        skeleton={<RowsSkeleton rows={4} height={56} />}
        empty={(data) =>
          data.keys.length === 0 ? <Notice state="empty" icon="link" title={t('keys.empty.title')} text={t('keys.empty.text')} action={make} /> : null
        }
      >
        {(data) => {
          const shown = old ? data.keys : data.keys.filter(holds);
          return (
            <>
              {data.keys.some((key) => !holds(key)) && (
                <Box sx={{ paddingInline: { xs: 1, sm: 1.5 } }}>
                  <FormControlLabel control={<Checkbox checked={old} onChange={(_, on) => setOld(on)} />} label={t('keys.showOld')} />
                </Box>
              )}
              {shown.length > 0 ? (
                <KeyTable keys={shown} onRevoke={setRevoking} />
              ) : (
                <Notice state="no-match" icon="lock" title={t('keys.noneHolds.title')} text={t('keys.noneHolds.text')} />
              )}
            </>
          );
        }}
      </QueryView>
      {making && <NewKeyDialog onClose={() => setMaking(false)} />}
      {revoking && <Revoke subject={revoking} onClose={() => setRevoking(null)} />}
    </Section>
  );
}

function Revoke({ subject, onClose }: { subject: Key; onClose: () => void }) {
  const { t } = useTranslation('admin');
  const [revoke, { isLoading, error }] = useRevokeKey();
  const submit = async () => {
    const answer = await revoke({ id: subject.id });
    if (!answer.error) onClose();
  };
  return (
    <FormDialog
      title={t('keys.revokeTitle', { name: subject.name })}
      submit={t('keys.revoke')}
      onSubmit={submit}
      onClose={onClose}
      busy={isLoading}
      error={error}
      grave
    >
      <Typography variant="body2">{t('keys.revokeText')}</Typography>
    </FormDialog>
  );
}
