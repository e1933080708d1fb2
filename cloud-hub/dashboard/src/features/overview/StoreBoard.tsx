import Button from '@mui/material/Button';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useStores } from '../../api';
import { to } from '../../app/routes';
import { Icon } from '../../ui/icons';
import { Section } from '../../ui/Section';
import { QueryView, RowsSkeleton } from '../../ui/states';
import { StoreTable } from '../stores/StoreTable';

/** Every store in one line each. */
export function StoreBoard() {
  const { t } = useTranslation();
  const query = useStores();
  return (
    <Section
      title={t('stores.title')}
      asOf={query.data?.as_of}
      flush
      actions={
        <Button component={Link} to={to.stores()} size="small" endIcon={<Icon name="forward" />}>
          {t('stores.all')}
        </Button>
      }
    >
      <QueryView query={query} skeleton={<RowsSkeleton rows={3} />}>
        {(data) => <StoreTable stores={data.stores} caption={t('stores.title')} />}
      </QueryView>
    </Section>
  );
}
