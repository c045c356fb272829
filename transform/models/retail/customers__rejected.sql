{{ rejected('customers', person=true) }}
