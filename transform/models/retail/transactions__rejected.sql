{{ rejected('transactions', person=true) }}
