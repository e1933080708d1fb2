//! What the store sells: some 150 items of a small grocery, the same in every store.

/// A shelf of like items.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Category {
    /// Sold by the kilogram.
    Produce,
    /// Bread and cakes, delivered fresh.
    Bakery,
    /// Milk, cheese, eggs.
    Dairy,
    /// Meat and fish.
    Meat,
    /// From the freezer.
    Frozen,
    /// What keeps.
    Grocery,
    /// Drinks.
    Drinks,
    /// Sweets and snacks.
    Snacks,
    /// Cleaning, paper, care.
    Household,
}

impl Category {
    /// Whether it is delivered a second time after noon.
    pub fn is_fresh(self) -> bool {
        matches!(self, Self::Produce | Self::Bakery | Self::Dairy)
    }
}

/// One item.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Item {
    /// Its place in the catalog, from 0.
    pub index: usize,
    /// As printed.
    pub name: &'static str,
    /// Which shelf.
    pub category: Category,
    /// Usual price of a piece or a kilogram, in pounds or euros.
    pub price: f64,
    /// Sold by weight, to the gram.
    pub weighed: bool,
    /// How often it is taken, against the others.
    pub weight: f64,
}

impl Item {
    /// The code on the shelf label: five digits, those of weighed goods begin with 2.
    pub fn sku(&self) -> String {
        format!("{}{:04}", if self.weighed { 2 } else { 1 }, self.index + 1)
    }
}

/// (name, price, popularity)
type Row = (&'static str, f64, f64);

const PRODUCE_BY_WEIGHT: &[Row] = &[
    ("Bananas", 1.15, 9.0),
    ("Apples Gala", 2.20, 5.0),
    ("Apples Braeburn", 2.30, 3.5),
    ("Pears Conference", 2.40, 2.5),
    ("Oranges", 1.90, 3.5),
    ("Lemons", 2.60, 2.0),
    ("Grapes white", 3.80, 2.5),
    ("Tomatoes vine", 3.20, 6.0),
    ("Cucumber snack", 4.10, 1.5),
    ("Potatoes", 1.10, 6.0),
    ("Onions", 1.00, 5.0),
    ("Carrots", 0.95, 4.5),
    ("Peppers red", 4.20, 3.0),
    ("Courgettes", 2.50, 2.0),
    ("Broccoli", 2.90, 2.5),
    ("Mushrooms", 4.60, 2.5),
    ("Ginger", 5.20, 1.2),
    ("Garlic", 6.50, 1.8),
];
const PRODUCE: &[Row] = &[
    ("Iceberg lettuce", 0.95, 2.5),
    ("Avocado", 1.10, 3.0),
    ("Cucumber", 0.85, 4.0),
    ("Strawberries 250g", 2.75, 2.5),
    ("Blueberries 125g", 2.35, 2.0),
    ("Spinach 200g", 1.60, 1.8),
    ("Coriander bunch", 0.80, 1.5),
    ("Spring onions", 0.75, 1.6),
];
const BAKERY: &[Row] = &[
    ("White bread sliced", 1.25, 7.0),
    ("Wholemeal bread", 1.45, 5.0),
    ("Sourdough loaf", 2.95, 2.5),
    ("Baguette", 1.05, 4.0),
    ("Bread roll", 0.35, 6.0),
    ("Croissant", 0.95, 4.5),
    ("Pain au chocolat", 1.15, 2.5),
    ("Cinnamon bun", 1.35, 2.0),
    ("Bagels 5 pack", 1.75, 1.8),
    ("Tortilla wraps 8 pack", 1.60, 2.0),
    ("Naan 2 pack", 1.40, 1.5),
    ("Apple pie slice", 1.95, 1.0),
];
const DAIRY: &[Row] = &[
    ("Milk whole 1l", 1.15, 8.0),
    ("Milk semi-skimmed 2l", 1.75, 8.5),
    ("Oat drink 1l", 1.85, 3.0),
    ("Butter salted 250g", 2.25, 4.5),
    ("Margarine 500g", 1.95, 2.0),
    ("Free range eggs 6", 1.75, 5.5),
    ("Free range eggs 12", 3.10, 3.0),
    ("Cheddar 350g", 3.45, 3.5),
    ("Mozzarella 125g", 1.05, 3.0),
    ("Feta 200g", 2.15, 1.8),
    ("Gouda slices 200g", 2.35, 2.2),
    ("Cream cheese 200g", 1.65, 2.4),
    ("Yoghurt natural 500g", 1.35, 3.6),
    ("Yoghurt strawberry 4x125g", 1.95, 2.8),
    ("Greek yoghurt 450g", 2.45, 2.2),
    ("Double cream 300ml", 1.55, 1.8),
    ("Crème fraîche 200g", 1.20, 1.4),
    ("Paneer 225g", 2.60, 1.2),
];
const MEAT_BY_WEIGHT: &[Row] = &[
    ("Chicken breast", 8.90, 4.0),
    ("Beef mince", 9.40, 3.5),
    ("Pork chops", 7.20, 2.0),
    ("Salmon fillet", 18.50, 1.8),
    ("Cod fillet", 15.90, 1.2),
    ("Sausages counter", 7.80, 2.2),
];
const MEAT: &[Row] = &[
    ("Ham slices 120g", 1.95, 3.0),
    ("Bacon 200g", 2.45, 2.6),
    ("Salami 100g", 1.85, 1.8),
    ("Smoked salmon 100g", 3.95, 1.2),
    ("Tofu 280g", 2.20, 1.3),
    ("Hummus 200g", 1.35, 2.2),
    ("Chicken wings 1kg", 4.25, 1.4),
];
const FROZEN: &[Row] = &[
    ("Peas 1kg", 1.95, 2.6),
    ("Chips 900g", 2.35, 2.4),
    ("Pizza margherita", 2.65, 3.2),
    ("Pizza pepperoni", 2.85, 2.8),
    ("Fish fingers 10", 2.75, 2.0),
    ("Vanilla ice cream 1l", 3.25, 1.9),
    ("Chocolate ice cream 500ml", 3.95, 1.5),
    ("Mixed berries 500g", 3.15, 1.2),
    ("Spinach frozen 900g", 1.85, 1.1),
    ("Ice cubes 2kg", 1.25, 0.8),
];
const GROCERY: &[Row] = &[
    ("Spaghetti 500g", 0.95, 3.6),
    ("Penne 500g", 0.95, 3.0),
    ("Basmati rice 1kg", 2.45, 2.8),
    ("Plain flour 1.5kg", 1.15, 1.6),
    ("Sugar 1kg", 1.20, 2.0),
    ("Salt 750g", 0.65, 1.0),
    ("Olive oil 500ml", 6.75, 1.8),
    ("Sunflower oil 1l", 2.35, 2.0),
    ("Chopped tomatoes 400g", 0.75, 4.2),
    ("Tomato paste 200g", 0.95, 1.6),
    ("Baked beans 415g", 0.95, 2.8),
    ("Chickpeas 400g", 0.70, 2.2),
    ("Kidney beans 400g", 0.70, 1.6),
    ("Coconut milk 400ml", 1.45, 1.7),
    ("Tuna 145g", 1.25, 2.6),
    ("Sweetcorn 200g", 0.85, 1.8),
    ("Cornflakes 500g", 2.25, 2.0),
    ("Porridge oats 1kg", 1.75, 1.9),
    ("Muesli 750g", 2.95, 1.4),
    ("Strawberry jam 370g", 1.75, 1.4),
    ("Honey 340g", 3.15, 1.3),
    ("Peanut butter 340g", 2.65, 1.7),
    ("Hazelnut spread 350g", 3.25, 1.8),
    ("Ground coffee 227g", 4.25, 2.2),
    ("Instant coffee 100g", 4.65, 1.7),
    ("Black tea 80 bags", 2.45, 2.4),
    ("Green tea 20 bags", 1.85, 1.2),
    ("Stock cubes 8", 1.35, 1.4),
    ("Curry paste 200g", 2.10, 1.3),
    ("Ketchup 460g", 2.55, 1.6),
    ("Mayonnaise 400g", 2.25, 1.5),
    ("Soy sauce 150ml", 1.65, 1.2),
];
const DRINKS: &[Row] = &[
    ("Still water 1.5l", 0.75, 4.2),
    ("Sparkling water 1.5l", 0.85, 3.4),
    ("Cola 1.5l", 1.95, 3.4),
    ("Cola can 330ml", 0.85, 3.8),
    ("Cola zero can 330ml", 0.85, 3.2),
    ("Lemonade 2l", 1.35, 1.8),
    ("Orange juice 1l", 1.95, 3.0),
    ("Apple juice 1l", 1.65, 2.2),
    ("Energy drink 250ml", 1.25, 2.4),
    ("Iced coffee 250ml", 1.65, 1.7),
    ("Lager 4x440ml", 5.25, 2.2),
    ("Pale ale 500ml", 2.35, 1.6),
    ("Red wine 75cl", 7.95, 1.5),
    ("White wine 75cl", 7.45, 1.5),
    ("Sparkling wine 75cl", 9.95, 0.7),
];
const SNACKS: &[Row] = &[
    ("Crisps salted 150g", 1.65, 3.0),
    ("Crisps onion 6 pack", 1.95, 2.2),
    ("Tortilla chips 200g", 1.55, 1.8),
    ("Salted peanuts 200g", 1.45, 1.6),
    ("Milk chocolate 100g", 1.35, 3.4),
    ("Dark chocolate 100g", 1.75, 2.2),
    ("Chocolate bar", 0.85, 4.0),
    ("Biscuits digestive 400g", 1.45, 2.4),
    ("Cookies 200g", 1.55, 2.0),
    ("Wine gums 190g", 1.35, 1.4),
    ("Chewing gum", 0.75, 2.0),
    ("Cereal bar", 0.65, 2.2),
];
const HOUSEHOLD: &[Row] = &[
    ("Toilet paper 9 rolls", 5.25, 2.2),
    ("Kitchen roll 2", 2.35, 1.8),
    ("Washing-up liquid 500ml", 1.45, 1.4),
    ("Laundry liquid 1l", 5.95, 1.0),
    ("Bin liners 20", 1.95, 1.2),
    ("Sponges 4", 1.05, 1.0),
    ("All-purpose cleaner 1l", 1.85, 0.9),
    ("Toothpaste 75ml", 1.75, 1.3),
    ("Shampoo 300ml", 2.65, 1.0),
    ("Shower gel 250ml", 1.95, 1.1),
    ("Hand soap 250ml", 1.25, 1.0),
    ("Batteries AA 4", 3.95, 0.7),
    ("Carrier bag", 0.30, 6.0),
];

const SHELVES: [(Category, bool, &[Row]); 11] = [
    (Category::Produce, true, PRODUCE_BY_WEIGHT),
    (Category::Produce, false, PRODUCE),
    (Category::Bakery, false, BAKERY),
    (Category::Dairy, false, DAIRY),
    (Category::Meat, true, MEAT_BY_WEIGHT),
    (Category::Meat, false, MEAT),
    (Category::Frozen, false, FROZEN),
    (Category::Grocery, false, GROCERY),
    (Category::Drinks, false, DRINKS),
    (Category::Snacks, false, SNACKS),
    (Category::Household, false, HOUSEHOLD),
];

/// The whole catalog, in order.
pub fn items() -> Vec<Item> {
    let rows =
        SHELVES.iter().flat_map(|(category, weighed, rows)| rows.iter().map(move |row| (category, weighed, row)));
    rows.enumerate()
        .map(|(index, (&category, &weighed, &(name, price, weight)))| Item {
            index,
            name,
            category,
            price,
            weighed,
            weight,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_item_has_a_code_and_a_name_of_its_own() {
        let items = items();
        assert!((145..=160).contains(&items.len()), "{}", items.len());
        assert_eq!(items.iter().map(Item::sku).collect::<BTreeSet<_>>().len(), items.len());
        assert_eq!(items.iter().map(|item| item.name).collect::<BTreeSet<_>>().len(), items.len());
        assert!(items.iter().all(|item| item.price > 0.0 && item.weight > 0.0));
    }
}
