import Box from '@mui/material/Box';
import IconButton from '@mui/material/IconButton';
import { Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useNotifications } from '../api';
import { lazyPage } from '../i18n/lazyPage';
import { Icon } from '../ui/icons';
import { Tip } from '../ui/Tip';

const NotificationDrawer = lazyPage('notifications', () => import('../features/notifications/NotificationDrawer'));
/** Beside the events, which say it at once. */
const POLL_MS = 60_000;

/** How much whoever is signed in was told and has not read. */
export function Bell() {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const { data } = useNotifications({ unread: true, limit: 1 }, { pollingInterval: POLL_MS, skipPollingIfUnfocused: true });
  const unread = data?.unread ?? 0;
  const label = t('nav.bell', { count: unread });
  return (
    <>
      <Tip text={label}>
        <IconButton aria-label={label} aria-haspopup="dialog" onClick={() => setOpen(true)}>
          <Icon name="bell" />
          {unread > 0 && (
            <Box
              component="span"
              aria-hidden
              data-unread={unread}
              sx={{ position: 'absolute', top: 2, insetInlineEnd: 2, minWidth: 18, px: 0.5, borderRadius: 999, bgcolor: 'error.main', color: 'background.paper', fontSize: '0.6875rem', fontWeight: 700, lineHeight: '18px', textAlign: 'center' }}
            >
              {unread > 99 ? '99+' : unread}
            </Box>
          )}
        </IconButton>
      </Tip>
      {open && (
        <Suspense fallback={null}>
          <NotificationDrawer onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
