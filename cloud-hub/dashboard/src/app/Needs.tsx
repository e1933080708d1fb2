import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Permission } from '../api/permissions';
import { PageHeader } from '../ui/PageHeader';
import { Notice } from '../ui/states';
import { useMay } from './SessionGate';

interface NeedsProps {
  /** One of these lets in. */
  anyOf: readonly Permission[];
  /** The page's heading, where the page itself would have given one. */
  title?: string;
  children: ReactNode;
}

/** Shows its content to whoever may see it, and to the others which permission they lack. */
export function Needs({ anyOf, title, children }: NeedsProps) {
  const { t } = useTranslation();
  const may = useMay();
  if (may(...anyOf)) return children;
  return (
    <>
      {title && <PageHeader title={title} />}
      <Notice
        state="forbidden"
        icon="lock"
        title={t('problem.forbidden.title')}
        text={t('problem.forbidden.needs', { permission: anyOf.join(', '), count: anyOf.length })}
      />
    </>
  );
}
