import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useAudit, useKeys, type AuditEntry, type Key } from '../../api';
import { to } from '../../app/routes';
import { useFormat } from '../../i18n/useFormat';
import { Icon } from '../../ui/icons';
import { Section } from '../../ui/Section';
import { Notice, QueryView, RowsSkeleton } from '../../ui/states';
import { StatusChip } from '../../ui/StatusChip';
import { useNow } from '../../ui/useNow';
import { useActionText } from '../admin/audit/useActionText';
import { useActors } from '../admin/audit/useActors';
import { stateOf } from '../admin/keys/key';

const LAST = 5;

/** What the hub's keeper looks after: keys that end soon, and what was changed last. */
export default function CarePanel() {
  const { t } = useTranslation('home');
  const query = useAudit({ limit: LAST });
  return (
    <Section
      title={t('care.title')}
      asOf={query.data?.as_of}
      flush
      actions={
        <Button component={Link} to={to.admin('audit')} size="small" endIcon={<Icon name="forward" />}>
          {t('care.log')}
        </Button>
      }
    >
      <EndingKeys />
      <QueryView
        query={query}
        skeleton={<RowsSkeleton rows={LAST} height={48} />}
        empty={(data) => (data.entries.length === 0 ? <Notice state="empty" icon="inbox" title={t('care.none.title')} text={t('care.none.text')} /> : null)}
      >
        {(data) => (
          <Box component="ul" aria-label={t('care.last')} sx={{ m: 0, p: 0, listStyle: 'none' }}>
            {data.entries.map((entry) => (
              <Line key={entry.seq} entry={entry} />
            ))}
          </Box>
        )}
      </QueryView>
    </Section>
  );
}

const line = { borderTop: 1, borderColor: 'divider', paddingInline: { xs: 2, sm: 2.5 }, paddingBlock: 1.25 };

function Line({ entry }: { entry: AuditEntry }) {
  const format = useFormat();
  const now = useNow(15_000);
  const { nameOf } = useActors();
  const { t } = useTranslation('home');
  const actionText = useActionText();
  return (
    <Box component="li" sx={line}>
      <Typography variant="body2" sx={{ fontWeight: 600 }}>
        {actionText(entry.action)}
      </Typography>
      <Typography variant="caption" color="textSecondary">
        {t('care.byAt', { who: nameOf(entry.actor_id), age: format.age(entry.at, now) })}
      </Typography>
    </Box>
  );
}

/** Only those that need a hand: a list of keys that are well is on their own page. */
function EndingKeys() {
  const { t } = useTranslation('home');
  const format = useFormat();
  const now = useNow(60_000);
  const { data } = useKeys();
  const ending = (data?.keys ?? []).filter((key: Key) => stateOf(key, now) === 'soon');
  return ending.map((key) => (
    <Box key={key.id} sx={{ ...line, display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 1 }}>
      <StatusChip tone="warn">{t('care.ends', { name: key.name, at: format.time(key.expires_at ?? '', 'date') })}</StatusChip>
      <Box sx={{ flex: 1 }} />
      <Button component={Link} to={to.admin('keys')} size="small">
        {t('care.keys')}
      </Button>
    </Box>
  ));
}
