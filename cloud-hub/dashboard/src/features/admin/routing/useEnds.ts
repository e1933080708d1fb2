import { useTranslation } from 'react-i18next';
import { useRules, useWebhooks } from '../../../api';
import { useMay } from '../../../app/SessionGate';
import { useNames } from '../../alerts/useNames';
import { calledAs } from '../people/person';
import { ROLES } from '../roles';

/** Somebody who can be told. */
export interface End {
  /** As in a draft: `role:owner`, `user:<id>`, `webhook:<id>`. */
  who: string;
  /** With its kind, to choose from. */
  label: string;
}

/** Everybody and everything that a route can end at, and what it can ask for, by name. */
export function useEnds() {
  const { t } = useTranslation(['routing', 'translation']);
  const may = useMay();
  const names = useNames();
  const webhooks = useWebhooks(undefined, { skip: !may('webhooks.read') });
  const rules = useRules(undefined, { skip: !may('alerts.read') });
  const hooks = webhooks.data?.webhooks ?? [];
  /** By name alone, inside a sentence. */
  const nameOf = (who: string) => {
    const at = who.indexOf(':');
    const [kind, id] = [who.slice(0, at), who.slice(at + 1)];
    if (kind === 'user') return names.person(id);
    if (kind === 'webhook') return hooks.find((each) => each.id === id)?.name ?? t('aWebhook');
    const role = ROLES.find((each) => each === id);
    return role ? t(`translation:role.${role}`) : id;
  };
  const labelOf = (who: string) => {
    if (who.startsWith('role:')) return t('role', { role: nameOf(who) });
    return who.startsWith('webhook:') ? t('webhook', { name: nameOf(who) }) : nameOf(who);
  };
  const people = names.people.length > 0 ? names.people.map((each) => ({ who: `user:${each.id}`, label: calledAs(each) })) : [{ who: `user:${names.me}`, label: names.person(names.me) }];
  const ends: End[] = [
    ...[...ROLES].reverse().map((role) => ({ who: `role:${role}`, label: t('role', { role: t(`translation:role.${role}`) }) })),
    ...people,
    ...hooks.map((each) => ({ who: `webhook:${each.id}`, label: t('webhook', { name: each.name }) })),
  ];
  return {
    ends,
    nameOf,
    labelOf,
    stores: names.stores,
    store: names.store,
    rules: rules.data?.rules ?? [],
    rule: (id: string) => rules.data?.rules.find((each) => each.id === id)?.name ?? t('says.aRule'),
  };
}
