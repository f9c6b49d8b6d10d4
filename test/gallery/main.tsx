// Every page in every situation, one after another, without a server: what is to be looked at by people and measured by tests.

import { render } from 'preact';
import { agentScene, agentScenes } from './agent.tsx';
import { customerScene, customerScenes } from './customer.tsx';
import { supervisorScene, supervisorScenes } from './supervisor.tsx';

declare global {
  interface Window {
    gallery: { readonly names: readonly string[]; show(name: string): void };
  }
}

const root = document.getElementById('page') as HTMLElement;
const pages = [
  [agentScenes, agentScene],
  [customerScenes, customerScene],
  [supervisorScenes, supervisorScene],
] as const;

window.gallery = {
  names: pages.flatMap(([scenes]) => Object.keys(scenes)),
  show(name) {
    render(null, root);
    const page = pages.find(([scenes]) => name in scenes)?.[1];
    if (!page) throw new Error(`there is no scene ${name}`);
    render(page(name), root);
  },
};
