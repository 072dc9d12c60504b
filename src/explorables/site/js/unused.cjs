// Stands in for packages that Vega can use and this book does not: maps and delimited text.
module.exports = {};
