import Button from '@mui/material/Button';
import { Component, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Notice } from './states';

/** A page that failed to draw takes only itself down; the header and the other pages stay. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    return this.state.failed ? <Broken /> : this.props.children;
  }
}

function Broken() {
  const { t } = useTranslation();
  return (
    <Notice
      state="error"
      role="alert"
      icon="error"
      title={t('problem.page.title')}
      text={t('problem.page.text')}
      action={
        <Button variant="outlined" onClick={() => location.reload()}>
          {t('problem.page.reload')}
        </Button>
      }
    />
  );
}
