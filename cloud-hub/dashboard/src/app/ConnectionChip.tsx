import Alert from '@mui/material/Alert';
import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { LinkState } from '../api/link';
import { useFormat } from '../i18n/useFormat';
import { Icon } from '../ui/icons';
import { StatusChip } from '../ui/StatusChip';
import { Tip } from '../ui/Tip';
import { useLink } from '../ui/useLink';
import { visuallyHidden } from '../ui/visuallyHidden';
import { useSession } from './SessionGate';
import { useAppSelector } from './store';
import type { Tone } from './theme';
import { wasUpgraded } from './upgrade';

const TONE: Record<LinkState, Tone> = { connecting: 'quiet', live: 'good', delayed: 'warn', stale: 'warn', offline: 'bad' };

/** Whether what happens in the stores reaches this page now. */
export function ConnectionChip() {
  const { t } = useTranslation();
  const link = useLink();
  return (
    <>
      <Tip text={t(`link.${link}.tip`)}>
        <Box component="span" data-link={link} sx={{ display: 'inline-flex', px: 0.5 }}>
          <StatusChip tone={TONE[link]}>{t(`link.${link}.word`)}</StatusChip>
        </Box>
      </Tip>
      <Box role="status" sx={visuallyHidden}>
        {link === 'live' || link === 'connecting' ? '' : t(`link.${link}.tip`)}
      </Box>
    </>
  );
}

/** One line under the header while the link is down; the page keeps what it had. */
export function LinkBanner() {
  const { t } = useTranslation();
  const format = useFormat();
  const link = useLink();
  const { lostAt, heardAt, phase } = useAppSelector((state) => state.connection);
  const { retryLink } = useSession();
  if (link !== 'offline' && link !== 'stale') return null;
  const since = lostAt ?? heardAt;
  return (
    <Alert
      severity={link === 'offline' ? 'error' : 'warning'}
      icon={<Icon name="cloudOff" />}
      data-testid="link-banner"
      sx={(theme) => {
        const tone = theme.palette.tone[link === 'offline' ? 'bad' : 'warn'];
        return { borderRadius: 0, alignItems: 'center', color: tone.text, backgroundColor: tone.soft, '& .MuiAlert-icon': { color: tone.text } };
      }}
      action={
        <Button color="inherit" size="small" onClick={retryLink} loading={phase === 'connecting'}>
          {t('link.retryNow')}
        </Button>
      }
    >
      {t('link.banner', { since: since ? format.time(since, 'seconds') : '' })}
    </Alert>
  );
}

/** After a hub upgrade the page has reloaded by itself once; says why. */
export function UpgradeNotice() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(wasUpgraded);
  if (!open) return null;
  return (
    <Alert severity="info" variant="outlined" role="status" onClose={() => setOpen(false)} closeText={t('close')} sx={{ m: 1.5 }}>
      {t('app.upgraded')}
    </Alert>
  );
}
