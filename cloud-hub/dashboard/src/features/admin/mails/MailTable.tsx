import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { useRetryMail, type Mail, type MailState } from '../../../api';
import type { Tone } from '../../../app/theme';
import { useFormat } from '../../../i18n/useFormat';
import { problemText } from '../../../ui/problemText';
import { SimpleTable, type Column } from '../../../ui/SimpleTable';
import { StatusChip } from '../../../ui/StatusChip';
import { useNow } from '../../../ui/useNow';

const TONE: Record<MailState, Tone> = { waiting: 'info', sent: 'good', failed: 'bad' };
const KINDS = ['invitation', 'password_reset', 'password_changed', 'notification', 'alert'] as const;

interface MailTableProps {
  mails: Mail[];
  caption: string;
  headless?: boolean;
}

export function MailTable({ mails, caption, headless }: MailTableProps) {
  const { t } = useTranslation('routing');
  const format = useFormat();
  const now = useNow(60_000);
  const kind = (mail: Mail) => {
    const known = KINDS.find((each) => each === mail.kind);
    return known ? t(`mails.kind.${known}`) : mail.kind;
  };
  const columns: Column<Mail>[] = [
    {
      key: 'what',
      label: t('mails.column.what'),
      width: '32%',
      cell: (mail) => (
        <Box component="span" sx={{ display: 'block', fontWeight: 650, overflowWrap: 'anywhere' }}>
          {mail.subject}
          <Typography variant="caption" color="textSecondary" component="span" sx={{ display: 'block', fontWeight: 400 }}>
            {kind(mail)}
          </Typography>
        </Box>
      ),
    },
    { key: 'to', label: t('mails.column.to'), width: '20%', cell: (mail) => <Box component="span" sx={{ overflowWrap: 'anywhere' }}>{mail.recipient}</Box> },
    { key: 'written', label: t('mails.column.written'), width: '14%', cell: (mail) => format.moment(mail.created_at, 'time', now) },
    { key: 'state', label: t('mails.column.state'), cell: (mail) => <State mail={mail} now={now} /> },
    { key: 'action', label: t('mails.column.action'), unlabelled: true, width: '12%', cell: (mail) => (mail.state === 'sent' ? null : <Retry mail={mail} />) },
  ];
  return <SimpleTable caption={caption} columns={columns} rows={mails} rowKey={(mail) => mail.id} headless={headless} />;
}

/** How it stands, when that came or what comes next, and the last reason. */
function State({ mail, now }: { mail: Mail; now: number }) {
  const { t } = useTranslation('routing');
  const format = useFormat();
  const at = (time: string) => format.moment(time, 'time', now);
  const facts = [
    mail.ended_at && t(mail.state === 'sent' ? 'mails.sentAt' : 'mails.failedAt', { at: at(mail.ended_at) }),
    mail.attempts > 0 && t('mails.attempts', { count: mail.attempts }),
    mail.next_at && t('mails.next', { at: at(mail.next_at) }),
  ].filter(Boolean);
  return (
    <Box component="span" sx={{ display: 'inline-flex', flexDirection: 'column', gap: 0.25, alignItems: 'flex-start', minWidth: 0 }}>
      <StatusChip tone={TONE[mail.state]}>{t(`mails.state.${mail.state}`)}</StatusChip>
      <Typography variant="caption" color="textSecondary">
        {facts.join(' · ')}
      </Typography>
      {mail.error && (
        <Typography variant="caption" sx={{ overflowWrap: 'anywhere' }}>
          {mail.error}
        </Typography>
      )}
    </Box>
  );
}

function Retry({ mail }: { mail: Mail }) {
  const { t } = useTranslation('routing');
  const { t: common } = useTranslation();
  const [retry, { isLoading, error }] = useRetryMail();
  return (
    <Box sx={{ display: 'grid', justifyItems: 'start' }}>
      <Button size="small" loading={isLoading} aria-label={t('mails.retryNamed', { subject: mail.subject, to: mail.recipient })} onClick={() => void retry({ id: mail.id })}>
        {t('mails.retry')}
      </Button>
      {Boolean(error) && (
        <Typography role="alert" variant="caption" color="error">
          {problemText(error, common)}
        </Typography>
      )}
    </Box>
  );
}
