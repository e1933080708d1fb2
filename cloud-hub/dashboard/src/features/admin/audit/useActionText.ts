import { useTranslation } from 'react-i18next';

const NAMED = [
  'auth.end_other_sign_ins',
  'auth.end_sign_in',
  'auth.oidc.link',
  'auth.oidc.refused',
  'auth.oidc.sign_in',
  'auth.oidc.step_up',
  'auth.oidc.unlink',
  'auth.password',
  'auth.step_up',
  'clients.create',
  'clients.revoke',
  'identity_providers.change',
  'identity_providers.create',
  'identity_providers.delete',
  'keys.create',
  'keys.revoke',
  'mails.retry',
  'notification_routes.change',
  'notification_routes.create',
  'notification_routes.delete',
  'organizations.change',
  'stores.create',
  'users.change',
  'users.create',
  'users.end_sign_ins',
] as const;

/** What was done in words; an action without words yet, such as a refused call, as it was written. */
export function useActionText(): (action: string) => string {
  const { t } = useTranslation('admin');
  return (action) => {
    const named = NAMED.find((each) => each === action);
    // Their names have points of their own.
    return named ? t('audit.action', { returnObjects: true })[named] : action;
  };
}
