import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useAddCaseEntry, useAlert, useReceipt, useTillEvents, type CaseDetail, type CaseLink } from '../../api';
import { to } from '../../app/routes';
import { useMay } from '../../app/SessionGate';
import { useFormat } from '../../i18n/useFormat';
import { FormDialog } from '../../ui/FormDialog';
import { Section } from '../../ui/Section';
import { Notice } from '../../ui/states';
import { useNames } from '../alerts/useNames';
import { ReceiptDrawer } from '../sales/ReceiptDrawer';

/** What a case rests on: receipts and alerts open, and what does not belong to it is taken out with a reason. */
export function CaseLinks({ detail: { case: found } }: { detail: CaseDetail }) {
  const { t } = useTranslation('cases');
  const may = useMay();
  const names = useNames();
  const [receipt, setReceipt] = useState<string | null>(null);
  const [dropping, setDropping] = useState<CaseLink | null>(null);
  const zone = names.zone(found.store_id) ?? 'UTC';
  const writes = may('cases.write') && (found.state === 'open' || found.state === 'in_review');
  return (
    <Section title={t('restsOn')} flush>
      {found.links.length === 0 ? (
        <Notice state="empty" icon="link" title={t('noLinks.title')} text={t('noLinks.text')} />
      ) : (
        <Box component="ul" aria-label={t('restsOn')} sx={{ listStyle: 'none', m: 0, p: 0 }}>
          {found.links.map((link) => (
            <Row key={`${link.kind}/${link.id}`} link={link} zone={zone} store={found.store_id} writes={writes} onLook={setReceipt} onDrop={setDropping} />
          ))}
        </Box>
      )}
      <ReceiptDrawer receiptId={receipt} zone={zone} onClose={() => setReceipt(null)} />
      {dropping && <Unlink id={found.id} link={dropping} onClose={() => setDropping(null)} />}
    </Section>
  );
}

interface RowProps {
  link: CaseLink;
  zone: string;
  store: string;
  writes: boolean;
  onLook: (receipt: string) => void;
  onDrop: (link: CaseLink) => void;
}

function Row({ link, zone, store, writes, onLook, onDrop }: RowProps) {
  const { t } = useTranslation('cases');
  const may = useMay();
  const what = useWhat(link, zone, store);
  return (
    <Box component="li" data-link-kind={link.kind} sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 1, paddingInline: { xs: 2, sm: 2.5 }, paddingBlock: 1, borderTop: 1, borderColor: 'divider' }}>
      <Box sx={{ flex: '1 1 200px', minWidth: 0 }}>
        <Typography variant="caption" color="textSecondary" component="div">
          {t(`links.${link.kind}`)}
        </Typography>
        <Typography variant="body2">{what}</Typography>
      </Box>
      {link.kind === 'receipt' && may('sales.read') && (
        <Button size="small" aria-label={t('lookAt', { what })} onClick={() => onLook(link.id)}>
          {t('look')}
        </Button>
      )}
      {link.kind === 'alert' && (
        <Button size="small" component={Link} to={to.alert(link.id)} aria-label={t('lookAt', { what })}>
          {t('look')}
        </Button>
      )}
      {writes && (
        <Button size="small" color="error" aria-label={t('unlinkNamed', { what })} onClick={() => onDrop(link)}>
          {t('unlink')}
        </Button>
      )}
    </Box>
  );
}

/** A link by what it is; its number stands where that cannot be read. */
function useWhat(link: CaseLink, zone: string, store: string): string {
  const { t } = useTranslation(['cases', 'translation']);
  const format = useFormat();
  const may = useMay();
  const receipt = useReceipt({ id: link.id }, { skip: link.kind !== 'receipt' || !may('sales.read') });
  const alert = useAlert({ id: link.id }, { skip: link.kind !== 'alert' || !may('alerts.read') });
  // No route gives one event: it is looked for among the store's last ones.
  const events = useTillEvents({ id: store, limit: 500 }, { skip: link.kind !== 'till_event' || !may('sales.read') });
  const event = events.data?.events.find((each) => each.id === link.id);
  if (receipt.data) return t('receiptSays', { number: receipt.data.number, till: receipt.data.terminal, at: format.time(receipt.data.closed_at, 'dayTime', zone), total: format.money(receipt.data.total) });
  if (alert.data) return t('alertSays', { title: alert.data.alert.title, at: format.time(alert.data.alert.opened_at, 'dayTime', zone) });
  return event ? [t(`translation:tillEvents.kind.${event.kind}`), event.terminal, format.time(event.at, 'dayTime', zone)].join(' · ') : link.id;
}

function Unlink({ id, link, onClose }: { id: string; link: CaseLink; onClose: () => void }) {
  const { t } = useTranslation('cases');
  const [add, { isLoading, error }] = useAddCaseEntry();
  const [cause, setCause] = useState('');
  const [tried, setTried] = useState(false);
  const submit = async () => {
    setTried(true);
    if (!cause.trim()) return;
    const answer = await add({ id, caseCommand: { command: 'unlink', link, cause: cause.trim() } });
    if (answer.data) onClose();
  };
  return (
    <FormDialog title={t('unlinkTitle')} submit={t('unlink')} onSubmit={submit} onClose={onClose} busy={isLoading} error={error} grave>
      <Typography variant="body2">{t('unlinkText')}</Typography>
      <TextField required autoFocus multiline minRows={2} label={t('why')} value={cause} onChange={(event) => setCause(event.target.value)} error={tried && !cause.trim()} helperText={tried && !cause.trim() ? t('whyMissing') : undefined} />
    </FormDialog>
  );
}
