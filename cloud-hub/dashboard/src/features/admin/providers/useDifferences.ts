import { useTranslation } from 'react-i18next';
import type { IdentityProvider, IdentityProviderChange } from '../../../api';
import type { Difference } from '../Conflict';
import { useReachText } from '../Reach';

/** Where a service stands differently from what was asked for, in words. */
export function useDifferences(now: IdentityProvider, wanted: IdentityProviderChange | null): Difference[] {
  const { t } = useTranslation(['access', 'translation']);
  const reachText = useReachText();
  if (!wanted) return [];
  const found: Difference[] = [];
  const put = (field: Difference['field'], theirs: string, mine: string) => {
    if (theirs !== mine) found.push({ field, theirs, mine });
  };
  if (wanted.name) put('name', now.name, wanted.name);
  if (wanted.issuer) put('issuer', now.issuer, wanted.issuer);
  if (wanted.client_id) put('client_id', now.client_id, wanted.client_id);
  if (wanted.method) put('method', t(`methods.${now.method}`), t(`methods.${wanted.method}`));
  // A secret is never shown: that another one comes is all that can be said.
  if (wanted.client_secret !== undefined) put('client_secret', '', t(wanted.client_secret === null ? 'secretGone' : 'secretNew'));
  if (wanted.domains) put('domains', [...now.domains].sort().join(', '), [...wanted.domains].sort().join(', '));
  if (wanted.admits) put('admits', t(`letsIn.${now.admits}`), t(`letsIn.${wanted.admits}`));
  if (wanted.role) put('role', t(`translation:role.${now.role}`), t(`translation:role.${wanted.role}`));
  if (wanted.all_stores !== undefined) {
    put('reach', reachText({ all: now.all_stores, stores: now.store_ids }), reachText({ all: wanted.all_stores === true, stores: wanted.store_ids ?? [] }));
  }
  return found;
}
