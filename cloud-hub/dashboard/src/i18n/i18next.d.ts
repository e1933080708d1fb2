import 'i18next';
import type { en } from './en';
import type { access } from './en.access';
import type { account } from './en.account';
import type { admin } from './en.admin';
import type { alerts } from './en.alerts';
import type { cases } from './en.cases';
import type { entry } from './en.entry';
import type { home } from './en.home';
import type { notifications } from './en.notifications';
import type { office } from './en.office';
import type { products } from './en.products';
import type { routing } from './en.routing';
import type { rules } from './en.rules';
import type { search } from './en.search';
import type { system } from './en.system';
import type { tools } from './en.tools';
import type { work } from './en.work';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation';
    resources: { translation: typeof en; admin: typeof admin; account: typeof account; tools: typeof tools; home: typeof home; products: typeof products; search: typeof search; work: typeof work; entry: typeof entry; alerts: typeof alerts; rules: typeof rules; cases: typeof cases; notifications: typeof notifications; office: typeof office; access: typeof access; routing: typeof routing; system: typeof system };
    returnNull: false;
  }
}
