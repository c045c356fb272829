{{ rejected('erasure-requests', person=true) }}
