import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Drawer from '@mui/material/Drawer';
import IconButton from '@mui/material/IconButton';
import Typography from '@mui/material/Typography';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useNotifications, useReadAllNotifications, useReadNotification, type Notification } from '../../api';
import { safeNext, to } from '../../app/routes';
import { useFormat } from '../../i18n/useFormat';
import { Icon } from '../../ui/icons';
import { ProblemAlert } from '../../ui/ProblemAlert';
import { Notice, QueryView, RowsSkeleton } from '../../ui/states';
import { StatusChip } from '../../ui/StatusChip';
import { useNow } from '../../ui/useNow';

const PAGE = 50;

/** What the person was told, newest first; going there is reading it. */
export default function NotificationDrawer({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation(['notifications', 'translation']);
  const id = useId();
  const [pages, setPages] = useState(1);
  const query = useNotifications({ limit: Math.min(200, PAGE * pages) });
  const [readAll, reading] = useReadAllNotifications();
  return (
    <Drawer anchor="right" open onClose={onClose} slotProps={{ paper: { role: 'dialog', 'aria-modal': true, 'aria-labelledby': id, sx: { width: { xs: '100%', sm: 420 } } } }}>
      <Box sx={{ display: 'flex', alignItems: 'center', gap: 1, p: { xs: 2, sm: 2.5 }, pb: 1 }}>
        <Typography variant="h2" id={id} sx={{ flex: 1 }}>
          {t('title')}
        </Typography>
        <IconButton onClick={onClose} aria-label={t('translation:close')}>
          <Icon name="close" />
        </IconButton>
      </Box>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1, paddingInline: { xs: 1.5, sm: 2 }, pb: 1 }}>
        <Button size="small" disabled={!query.data?.unread} loading={reading.isLoading} onClick={() => void readAll()}>
          {t('readAll')}
        </Button>
        <Button size="small" component={Link} to={`${to.account()}#notifications`} onClick={onClose}>
          {t('choose')}
        </Button>
      </Box>
      {Boolean(reading.error) && <ProblemAlert error={reading.error} />}
      <QueryView
        query={query}
        skeleton={<RowsSkeleton rows={5} height={64} />}
        empty={(data) => (data.notifications.length === 0 ? <Notice state="empty" icon="bell" title={t('empty.title')} text={t('empty.text')} /> : null)}
      >
        {(data) => (
          <>
            <Box component="ul" aria-label={t('title')} sx={{ listStyle: 'none', m: 0, p: 0 }}>
              {data.notifications.map((each) => (
                <Line key={each.id} told={each} onGo={onClose} />
              ))}
            </Box>
            {data.next_cursor && PAGE * pages < 200 && (
              <Box sx={{ p: 1, textAlign: 'center' }}>
                <Button loading={query.isFetching} onClick={() => setPages((before) => before + 1)}>
                  {t('more')}
                </Button>
              </Box>
            )}
          </>
        )}
      </QueryView>
    </Drawer>
  );
}

function Line({ told, onGo }: { told: Notification; onGo: () => void }) {
  const { t } = useTranslation('notifications');
  const format = useFormat();
  const now = useNow(15_000);
  const [read] = useReadNotification();
  const unread = told.read_at === null;
  const mark = () => {
    if (unread) void read({ id: told.id });
  };
  return (
    <Box component="li" data-notification={told.id} data-read={!unread} sx={{ borderTop: 1, borderColor: 'divider', p: { xs: 2, sm: 2.5 }, paddingBlock: 1.5, display: 'grid', gap: 0.5 }}>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1, alignItems: 'center' }}>
        <Typography variant="body2" sx={{ fontWeight: unread ? 700 : 500 }}>
          {told.title}
        </Typography>
        {unread && <StatusChip tone="info">{t('new')}</StatusChip>}
      </Box>
      <Typography variant="body2" color="textSecondary">
        {told.body}
      </Typography>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 0.5, alignItems: 'center' }}>
        <Typography variant="caption" color="textSecondary" sx={{ flex: 1 }}>
          {format.age(told.at, now)}
        </Typography>
        {unread && (
          <Button size="small" aria-label={t('readNamed', { title: told.title })} onClick={mark}>
            {t('read')}
          </Button>
        )}
        {told.link && (
          <Button
            size="small"
            component={Link}
            // Only ever a page of this application.
            to={safeNext(told.link)}
            aria-label={t('goNamed', { title: told.title })}
            onClick={() => {
              mark();
              onGo();
            }}
          >
            {t('go')}
          </Button>
        )}
      </Box>
    </Box>
  );
}
