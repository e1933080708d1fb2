import Button from '@mui/material/Button';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { Notice } from '../ui/states';
import { PageHeader } from '../ui/PageHeader';
import { to } from './routes';

export function NotFound() {
  const { t } = useTranslation();
  return (
    <>
      <PageHeader title={t('notFound.title')} />
      <Notice
        state="error"
        icon="search"
        title={t('notFound.what')}
        text={t('notFound.text')}
        action={
          <Button component={Link} to={to.overview()} variant="outlined">
            {t('nav.overview')}
          </Button>
        }
      />
    </>
  );
}
