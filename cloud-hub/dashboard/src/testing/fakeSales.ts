import type { Product, ReceiptDetail, Transaction } from '../api';
import type { Reply } from './fakeOffice';
import type { Asker } from './fakeWork';
import type { World } from './world';

const no = (status: number, kind: string, title: string, detail: string): Reply => ({ status, problem: [kind, title, detail] });
const DAYS_31 = 31 * 86_400_000;

/** The sold lines of the fake hub, searched: those of its tickets. */
export function searchSales(world: World, products: Product[], query: URLSearchParams, asker: Asker): Reply {
  if (!asker.may('sales.read')) return no(403, 'forbidden', 'Not allowed', 'this needs sales.read');
  const amount = (name: string, without: number) => Number(query.get(name) ?? without);
  const to = query.get('to') ?? new Date(world.now()).toISOString();
  const from = query.get('from') ?? new Date(Date.parse(to) - DAYS_31).toISOString();
  const is = (name: string, value: string | null) => !query.get(name) || query.get(name) === value;
  const [low, high] = [amount('min_total', -Infinity), amount('max_total', Infinity)];
  if (Number.isNaN(low) || Number.isNaN(high)) return no(400, 'bad-parameter', 'A parameter is not valid', 'min_total: it is not a decimal text');
  const all = Object.values(world.receipts).flat().flatMap((receipt) => receipt.lines.map((line) => lineOf(receipt, line, products)));
  const found = all
    .filter((line) => is('store_id', line.store_id) && is('register', line.register) && is('cashier', line.cashier) && is('receipt_number', line.receipt_number))
    .filter((line) => is('kind', line.kind) && is('product_id', line.product_id) && Number(line.total_amount.amount) >= low && Number(line.total_amount.amount) <= high)
    .filter((line) => Date.parse(line.transaction_time) >= Date.parse(from) && Date.parse(line.transaction_time) < Date.parse(to))
    .sort((a, b) => b.transaction_time.localeCompare(a.transaction_time) || b.id.localeCompare(a.id));
  const limit = Number(query.get('limit') ?? 50);
  const start = query.get('cursor') ? found.findIndex((line) => line.id === query.get('cursor')) + 1 : 0;
  const transactions = found.slice(start, start + limit);
  const more = start + limit < found.length;
  const page_info = { has_more: more, limit, next_cursor: more ? transactions.at(-1)?.id : null, offset: 0 };
  return { body: { transactions, total: null, from, to, page_info, as_of: new Date(world.now()).toISOString() } };
}

function lineOf(receipt: ReceiptDetail, line: ReceiptDetail['lines'][number], products: Product[]): Transaction {
  const product = products.find((each) => each.sku === line.sku);
  return {
    id: `${receipt.id}/${line.line_no}`, store_id: receipt.store_id, product_id: product?.id ?? '', sku: line.sku, name: line.name, category: product?.category ?? null, quantity: line.quantity, unit_price: line.unit_price,
    discount: line.discount, total_amount: line.total, transaction_time: line.sold_at, customer_id: receipt.customer, register: receipt.terminal, cashier: receipt.operator, receipt_id: receipt.id,
    receipt_number: receipt.number, kind: receipt.kind, business_day: receipt.business_day, line_no: line.line_no,
  };
}
