import Button from '@mui/material/Button';
import { useTheme } from '@mui/material/styles';
import useMediaQuery from '@mui/material/useMediaQuery';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useReceipts, type Store } from '../../api';
import { to } from '../../app/routes';
import { Icon } from '../../ui/icons';
import { Section } from '../../ui/Section';
import { Notice, QueryView, RowsSkeleton } from '../../ui/states';
import { POLL_MS } from '../poll';
import { ReceiptDrawer } from './ReceiptDrawer';
import { ReceiptList } from './ReceiptList';

const SHOWN = { wide: 14, narrow: 8 };

/** Receipts as they close; the stream puts each on top. */
export function LiveTickets({ store }: { store: Store }) {
  const { t } = useTranslation();
  const query = useReceipts({ id: store.id, limit: 50 }, { pollingInterval: POLL_MS, skipPollingIfUnfocused: true });
  const [open, setOpen] = useState<string | null>(null);
  const narrow = useMediaQuery(useTheme().breakpoints.down('sm'));
  return (
    <Section
      title={t('tickets.title')}
      asOf={query.data?.as_of}
      zone={store.timezone}
      flush
      actions={
        <Button component={Link} to={to.store(store.id, 'sales')} size="small" endIcon={<Icon name="forward" />}>
          {t('tickets.all')}
        </Button>
      }
    >
      <QueryView
        query={query}
        skeleton={<RowsSkeleton rows={8} height={44} />}
        empty={(data) =>
          data.receipts.length === 0 ? (
            <Notice
              state="empty"
              icon="inbox"
              title={t('tickets.empty.title')}
              text={t('tickets.empty.text')}
              action={
                <Button component={Link} to={to.store(store.id, 'sync')} variant="outlined">
                  {t('tickets.empty.action')}
                </Button>
              }
            />
          ) : null
        }
      >
        {(data) => (
          <ReceiptList receipts={data.receipts.slice(0, narrow ? SHOWN.narrow : SHOWN.wide)} zone={store.timezone} caption={t('tickets.title')} onOpen={setOpen} fresh />
        )}
      </QueryView>
      <ReceiptDrawer receiptId={open} zone={store.timezone} onClose={() => setOpen(null)} />
    </Section>
  );
}
