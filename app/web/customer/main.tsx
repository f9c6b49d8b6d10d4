// The page behind a customer link, `/c/<token>`.

import { say, show } from '../shared/page.tsx';
import { customerModel } from './model.ts';
import { CustomerPage } from './page.tsx';

const link = decodeURIComponent(location.pathname.split('/').pop() ?? '');

show(say.customer.title, <CustomerPage model={customerModel(link)} />);
