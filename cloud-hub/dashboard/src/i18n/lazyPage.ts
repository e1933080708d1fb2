import i18next from 'i18next';
import { lazy, type ComponentType } from 'react';
import type { Area } from '.';

/** A page whose code and texts are fetched side by side when it is first opened. */
export function lazyPage<P extends object>(areas: Area | Area[], load: () => Promise<{ default: ComponentType<P> }>) {
  return lazy(async () => {
    const [module] = await Promise.all([load(), i18next.loadNamespaces(areas)]);
    return module;
  });
}
