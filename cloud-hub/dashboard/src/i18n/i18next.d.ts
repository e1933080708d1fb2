import 'i18next';
import type { en } from './en';
import type { account } from './en.account';
import type { admin } from './en.admin';
import type { home } from './en.home';
import type { products } from './en.products';
import type { tools } from './en.tools';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'translation';
    resources: { translation: typeof en; admin: typeof admin; account: typeof account; tools: typeof tools; home: typeof home; products: typeof products };
    returnNull: false;
  }
}
